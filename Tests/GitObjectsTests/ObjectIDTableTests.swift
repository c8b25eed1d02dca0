import Bytes
import GitObjects
import Testing

@Suite struct ObjectIDTableTests {
    @Test(arguments: HashAlgorithm.allCases)
    func numbersIDsInTheOrderInWhichTheyCome(_ algorithm: HashAlgorithm) throws {
        let ids = (0..<5000).map { ObjectID.hash(.blob, Array("\($0)".utf8), algorithm) }
        var table = ObjectIDTable()
        for (number, id) in ids.enumerated() {
            #expect(table.number(of: id) == nil)
            let first = table.insert(id)
            #expect(first.number == number && first.isNew)
            let second = table.insert(id)
            #expect(second.number == number && !second.isNew)
        }
        #expect(table.count == ids.count && table.ids == ids)
        for (number, id) in ids.enumerated() { #expect(table.number(of: id) == number) }
    }

    @Test func tellsIDsApartThatBeginAlike() throws {
        var table = ObjectIDTable()
        let ids = try (0..<200).map { number in
            try #require(ObjectID(bytes: [UInt8](repeating: 7, count: 19) + [UInt8(number)], algorithm: .sha1))
        }
        for id in ids { #expect(table.insert(id).isNew) }
        for (number, id) in ids.enumerated() { #expect(table.number(of: id) == number) }
    }
}
