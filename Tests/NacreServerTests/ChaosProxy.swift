import Dispatch
import Glibc
import Synchronization
import TestSupport

/// A bad line: passes connections on to a port, and cuts, delays and corrupts them at places of a seeded choice.
final class ChaosProxy: Sendable {
    /// How bad the line is, each as a chance in a thousand for each piece of up to 4 KiB.
    struct Weather: Sendable {
        var cut = 15
        var delay = 50
        var corrupt = 10
    }

    let port: UInt16
    private let listener: Int32
    private let upstream: UInt16
    private let weather: Weather
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)
    private let thread = DispatchQueue(label: "chaos")

    init(to upstream: UInt16, seed: UInt64, weather: Weather = Weather()) {
        self.upstream = upstream
        self.weather = weather
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = ChaosProxy.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length)
                listen(listener, 64)
                getsockname(listener, pointer, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        thread.async { self.run(seed) }
    }

    /// Closes everything and waits for the end.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        finished.wait()
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private func run(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Each end of a connection with the other.
        var peers: [Int32: Int32] = [:]
        var buffer = [UInt8](repeating: 0, count: 4096)
        func cut(_ end: Int32) {
            guard let peer = peers.removeValue(forKey: end) else { return }
            peers[peer] = nil
            close(end)
            close(peer)
        }
        while !isStopping.load(ordering: .relaxed) {
            var polls = ([listener] + peers.keys).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polls, nfds_t(polls.count), 50) > 0 else { continue }
            for ready in polls where ready.revents != 0 {
                if ready.fd == listener {
                    guard let (client, server) = accept() else { continue }
                    peers[client] = server
                    peers[server] = client
                    continue
                }
                guard let peer = peers[ready.fd] else { continue }
                let count = read(ready.fd, &buffer, buffer.count)
                guard count > 0, pass(&buffer, count, to: peer, &generator) else {
                    cut(ready.fd)
                    continue
                }
            }
        }
        for end in Array(peers.keys) { cut(end) }
        close(listener)
        finished.signal()
    }

    private func accept() -> (Int32, Int32)? {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return nil }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = ChaosProxy.loopback(upstream)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(client)
            close(server)
            return nil
        }
        // Two ends that both wait to be read from must not hold the line for ever.
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        for end in [client, server] {
            setsockopt(end, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        return (client, server)
    }

    /// Passes bytes on, or does not; returns whether the connection lives.
    private func pass(_ buffer: inout [UInt8], _ count: Int, to peer: Int32, _ generator: inout SeededGenerator) -> Bool
    {
        var count = count
        var isLast = false
        let luck = Int.random(in: 0..<1000, using: &generator)
        if luck < weather.cut {
            count = Int.random(in: 0..<count, using: &generator)
            isLast = true
        } else if luck < weather.cut + weather.delay {
            usleep(UInt32.random(in: 0..<20_000, using: &generator))
        } else if luck < weather.cut + weather.delay + weather.corrupt {
            buffer[Int.random(in: 0..<count, using: &generator)] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
        }
        var sent = 0
        while sent < count {
            let passed = buffer.withUnsafeBytes {
                send(peer, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
            }
            if passed <= 0 { return false }
            sent += passed
        }
        return !isLast
    }
}
