/// What a file's bytes look like: whether it is text, and how its lines end.
struct TextStatistics {
    var nulCount = 0
    var loneCRCount = 0
    var loneLFCount = 0
    var crlfCount = 0
    var printableCount = 0
    var nonPrintableCount = 0

    init(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { buffer in
            var index = 0
            while index < buffer.count {
                let byte = buffer[index]
                switch byte {
                case 13:
                    if index + 1 < buffer.count, buffer[index + 1] == 10 {
                        crlfCount += 1
                        index += 1
                    } else {
                        loneCRCount += 1
                    }
                case 10: loneLFCount += 1
                case 0:
                    nulCount += 1
                    nonPrintableCount += 1
                case 8, 9, 27, 12: printableCount += 1
                case 127, 1..<32: nonPrintableCount += 1
                default: printableCount += 1
                }
                index += 1
            }
        }
        // A final ^Z is DOS's end of file.
        if bytes.last == 26 { nonPrintableCount -= 1 }
    }

    /// Git's guess.
    var isBinary: Bool {
        loneCRCount > 0 || nulCount > 0 || (printableCount >> 7) < nonPrintableCount
    }

    /// The word that `ls-files --eol` prints.
    var lineEndings: String {
        if isBinary { return "-text" }
        switch (loneLFCount > 0, crlfCount > 0) {
        case (false, false): return "none"
        case (true, false): return "lf"
        case (false, true): return "crlf"
        case (true, true): return "mixed"
        }
    }
}
