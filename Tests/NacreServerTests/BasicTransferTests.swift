import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Nacre's client of the LFS transfer `basic`: files come several at once, and go on where they broke off.
@Suite(.serialized) struct BasicTransferTests {
    /// A server that breaks off each file twice, then gives the rest; it notes which ranges were asked for. It answers a file
    /// only when another one is asked for as well, so that they have to be asked for side by side.
    private static let server = """
        import collections, hashlib, http.server, json, re, sys, threading
        files = {hashlib.sha256(open(p, 'rb').read()).hexdigest(): open(p, 'rb').read() for p in sys.argv[1:]}
        asked = collections.Counter()
        pair = threading.Barrier(2)
        log = open('ranges', 'w', buffering=1)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def log_message(self, *_): pass
            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                base = 'http://%s/o/' % self.headers['Host']
                answer = json.dumps({'transfer': 'basic', 'objects': [
                    {'oid': o['oid'], 'size': o['size'], 'actions': {'download': {'href': base + o['oid']}}}
                    for o in request['objects']]}).encode()
                self.send_response(200)
                self.send_header('Content-Type', 'application/vnd.git-lfs+json')
                self.send_header('Content-Length', str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            def do_GET(self):
                oid = self.path.rsplit('/', 1)[1]
                data, wanted = files[oid], self.headers.get('Range')
                start = int(re.match(r'bytes=(\\d+)-', wanted)[1]) if wanted else 0
                log.write('%s %d\\n' % (oid[:8], start))
                asked[oid] += 1
                if asked[oid] == 1: pair.wait(timeout=20)
                self.send_response(206 if wanted else 200)
                if wanted: self.send_header('Content-Range', 'bytes %d-%d/%d' % (start, len(data) - 1, len(data)))
                self.send_header('Content-Length', str(len(data) - start))
                self.end_headers()
                if asked[oid] <= 2:
                    self.wfile.write(data[start:start + len(data) // 3])
                    self.close_connection = True
                else:
                    self.wfile.write(data[start:])
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    @Test func filesComeTogetherAndGoOn() throws {
        let sandbox = try Sandbox("basic")
        var generator = SeededGenerator(seed: 23)
        var names: [String] = []
        try sandbox.shell("git init -q w; echo '*.bin filter=lfs diff=lfs merge=lfs -text' >w/.gitattributes")
        for index in 0..<2 {
            let bytes = (0..<600_000 + index).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try sandbox.write("f\(index)", bytes)
            let oid = Hex.string(Digest.hash(bytes, .sha256))
            try sandbox.write(
                "w/f\(index).bin",
                "version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize \(bytes.count)\n")
            names.append(String(oid.prefix(8)))
        }
        try sandbox.shell("cd w; git add .; git commit -qm pointers")
        try sandbox.write("server.py", Self.server)
        let started = try sandbox.shell(
            "python3 server.py f0 f1 >port 2>server.log & echo $! >pid; while [ ! -s port ]; do sleep 0.05; done; cat port"
        )
        let port = started.trimmed
        defer { _ = try? sandbox.shell("kill -9 $(cat pid)") }
        try sandbox.shell(
            "cd w; git config lfs.url http://127.0.0.1:\(port)/info/lfs; git remote add origin http://127.0.0.1:\(port)/x"
        )
        let fetched = try sandbox.nacre("large", "fetch", "--all", in: "w")
        #expect(fetched.code == 0, "\(fetched)")
        let checked = try sandbox.shell("cd w; rm -f *.bin; nacre checkout -f -- .; cmp f0.bin ../f0; cmp f1.bin ../f1")
        #expect(checked.code == 0, "\(checked)")
        let ranges = String(decoding: try sandbox.read("ranges"), as: UTF8.self).split(separator: "\n").map(String.init)
        for name in names {
            let starts = ranges.filter { $0.hasPrefix(name) }.compactMap { Int($0.split(separator: " ")[1]) }
            #expect(starts.count == 3 && starts[0] == 0 && starts[1] > 0 && starts[2] > starts[1], "\(ranges)")
        }
    }
}
