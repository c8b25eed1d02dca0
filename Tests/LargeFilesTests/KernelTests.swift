import CKernels
import Testing

@Suite("Kernels")
struct KernelTests {
    private static let implementations = [0, 4, 8, 16]

    private static func blake3(_ data: [UInt8], key: [UInt8]? = nil, by implementation: Int = 255) -> String {
        var output = [UInt8](repeating: 0, count: 32)
        if let key {
            nacre_blake3_by(Int32(implementation), key, data, data.count, &output)
        } else {
            nacre_blake3_by(Int32(implementation), nil, data, data.count, &output)
        }
        return output.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Lengths around every boundary of the tree, bytes counting up to 250, as in the official vectors; recorded from
    /// b3sum 1.2, without and with the official key.
    private static let vectors: [(Int, String, String)] = [
        (
            0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
            "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"
        ),
        (
            1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
            "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b"
        ),
        (
            63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b",
            "bb1eb5d4afa793c1ebdd9fb08def6c36d10096986ae0cfe148cd101170ce37ae"
        ),
        (
            64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98",
            "ba8ced36f327700d213f120b1a207a3b8c04330528586f414d09f2f7d9ccb7e6"
        ),
        (
            65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee",
            "c0a4edefa2d2accb9277c371ac12fcdbb52988a86edc54f0716e1591b4326e72"
        ),
        (
            1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11",
            "c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e"
        ),
        (
            1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
            "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4"
        ),
        (
            1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
            "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69"
        ),
        (
            2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a",
            "879cf1fa2ea0e79126cb1063617a05b6ad9d0b696d0d757cf053439f60a99dd1"
        ),
        (
            2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030",
            "9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5"
        ),
        (
            3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2",
            "044a0e7b172a312dc02a4c9a818c036ffa2776368d7f528268d2e6b5df191770"
        ),
        (
            3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3",
            "68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a"
        ),
        (
            4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969",
            "befc660aea2f1718884cd8deb9902811d332f4fc4a38cf7c7300d597a081bfc0"
        ),
        (
            4097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995",
            "00df940cd36bb9fa7cbbc3556744e0dbc8191401afe70520ba292ee3ca80abbc"
        ),
        (
            5120, "9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833",
            "2c493e48e9b9bf31e0553a22b23503c0a3388f035cece68eb438d22fa1943e20"
        ),
        (
            6144, "3e2e5b74e048f3add6d21faab3f83aa44d3b2278afb83b80b3c35164ebeca205",
            "3d6b6d21281d0ade5b2b016ae4034c5dec10ca7e475f90f76eac7138e9bc8f1d"
        ),
        (
            7168, "61da957ec2499a95d6b8023e2b0e604ec7f6b50e80a9678b89d2628e99ada77a",
            "b42835e40e9d4a7f42ad8cc04f85a963a76e18198377ed84adddeaecacc6f3fc"
        ),
        (
            8192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63",
            "dc9637c8845a770b4cbf76b8daec0eebf7dc2eac11498517f08d44c8fc00d58a"
        ),
        (
            8193, "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b",
            "954a2a75420c8d6547e3ba5b98d963e6fa6491addc8c023189cc519821b4a1f5"
        ),
        (
            16384, "f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4",
            "9e9fc4eb7cf081ea7c47d1807790ed211bfec56aa25bb7037784c13c4b707b0d"
        ),
        (
            31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
            "efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419"
        ),
        (
            65536, "68d647e619a930e7b1082f74f334b0c65a315725569bdc123f0ee11881717bfe",
            "160fb7538a11d83b9b311825a6baef08484d6aabb8276900a1fb08648085cca2"
        ),
        (
            102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
            "1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7"
        ),
        (
            131072, "306baba93b1a393cbd35172837c98b0f59a41f64e1b2682ae102d8b2534b9e1c",
            "def66234dd1a614a994a3dbe7bbc8edf9bbc3fae90222334c8a77320f94d3fe8"
        ),
        (
            262144, "d57dc906e20d3fd326ffaa85535500486f46a0979f5a323f028dcabfd381fd4a",
            "78b2f14279f6b0c44ad68e55dbf038e8e5a7f5d09cd328e8b4a8ce0f6ea900a0"
        ),
        (
            262145, "531c319935cf78f34869faebd865e5748266b1799039103bfb851a680d9ed30c",
            "d90e1ca9e8c450f1937898a2a38d4fe2e6977cfa280db88213603eb9e61af23d"
        ),
        (
            524289, "7978ac1ee80f7f7c115d25551f9c54cb3a2974cfcb8f5ab93de706350d143286",
            "84b36d3303ff255fe96b4c8f26f36492239542251242750b5bb8d08bf2e366b6"
        ),
        (
            1048577, "2f053cd7472cf0cd2f9adaf45c1180255b91b9a865404a63671a0ee5f792ed33",
            "a0c8e093827da3e07e22fa684eb60fc1600cf44c5036c80fb0b587d0f39ef421"
        ),
    ]

    @Test("BLAKE3 equals b3sum, whichever instructions are used")
    func blake3EqualsB3sum() {
        let key = Array("whats the Elvish word for friend".utf8)
        for (size, plain, keyed) in Self.vectors {
            let data = (0..<size).map { UInt8($0 % 251) }
            for implementation in Self.implementations {
                #expect(Self.blake3(data, by: implementation) == plain, "\(size) bytes, \(implementation) lanes")
                #expect(Self.blake3(data, key: key, by: implementation) == keyed, "\(size) bytes, keyed")
            }
            #expect(Self.blake3(data) == plain)
        }
    }

    @Test("a chunk ends where a byte-by-byte scan ends it")
    func gearCut() {
        // Constant bytes never end a chunk before the maximum.
        let zeros = [UInt8](repeating: 0, count: 200_000)
        #expect(nacre_gear_cut(zeros, zeros.count) == 131_072)
        #expect(nacre_gear_cut(zeros, 131_071) == 0)
        #expect(nacre_gear_cut(zeros, 100) == 0)
        #expect(nacre_gear_cut(zeros, 0) == 0)
        // A cut does not depend on how much follows it.
        let data = xorshift(42, 200_000)
        #expect(nacre_gear_cut(data, data.count) == 34_144)
        #expect(nacre_gear_cut(data, 34_144) == 34_144)
        #expect(nacre_gear_cut(data, 34_143) == 0)
    }

    @Test("planes, rotation and differences give back what they were made of", arguments: [1, 2, 4, 8] as [UInt32])
    func inverses(width: UInt32) {
        for count in [0, 1, 2, 7, 31, 32, 33, 64, 1000] {
            let size = count * Int(width)
            let data = xorshift(UInt64(count + 1), size)
            let base = xorshift(UInt64(count + 77), size)
            var first = [UInt8](repeating: 0, count: size)
            var second = first
            nacre_planes_split(data, count, width, &first)
            #expect((0..<size).allSatisfy { first[$0 % Int(width) * count + $0 / Int(width)] == data[$0] })
            nacre_planes_join(first, count, width, &second)
            #expect(second == data)
            nacre_rotate_left(data, count, width, &first)
            nacre_rotate_right(first, count, width, &second)
            #expect(second == data)
            nacre_xor(data, base, size, &first)
            nacre_xor(first, base, size, &second)
            #expect(second == data)
            nacre_difference(data, base, count, width, &first)
            nacre_undo_difference(first, base, count, width, &second)
            #expect(second == data)
            nacre_float_difference(data, base, count, width, &first)
            nacre_undo_float_difference(first, base, count, width, &second)
            #expect(second == data)
        }
    }

    @Test("neighbouring numbers differ by little, across zero too")
    func differenceIsSmall() {
        func float(_ new: Float, _ old: Float) -> UInt32 {
            let data = withUnsafeBytes(of: new.bitPattern.littleEndian) { Array($0) }
            let base = withUnsafeBytes(of: old.bitPattern.littleEndian) { Array($0) }
            var output = [UInt8](repeating: 0, count: 4)
            nacre_float_difference(data, base, 1, 4, &output)
            return output.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        #expect(float(1, 1) == 0)
        #expect(float(Float(1).nextUp, 1) == 2)
        #expect(float(Float(1).nextDown, 1) == 1)
        #expect(float(Float(-1).nextUp, -1) == 2)
        #expect(float(.leastNonzeroMagnitude, 0) == 2)
        #expect(float(-0.0, 0) == 1)
        var output: [UInt8] = [0, 0]
        nacre_difference([0xff, 0x00], [0x00, 0x01], 1, 2, &output)
        #expect(output == [1, 0])
    }

    @Test("the entropy of constant and of even bytes")
    func entropy() {
        #expect(nacre_entropy_bytes([UInt8](repeating: 7, count: 5000), 5000) == 0)
        let even = (0..<25_600).map { UInt8(truncatingIfNeeded: $0) }
        #expect(abs(Int(nacre_entropy_bytes(even, even.count)) - even.count) <= 8)
        var counts = [UInt32](repeating: 9, count: 256)
        nacre_histogram(even, even.count, &counts)
        #expect(counts.allSatisfy { $0 == 100 })
    }
}
