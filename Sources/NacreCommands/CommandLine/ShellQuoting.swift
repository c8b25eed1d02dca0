/// Words as a shell reads them back.
enum ShellQuoting {
    /// A word in single quotes, as Git writes it: quotes and exclamation marks stand outside of them.
    static func quote(_ word: some Sequence<UInt8>) -> [UInt8] {
        let mark = UInt8(ascii: "'")
        var result = [mark]
        for byte in word {
            if byte == mark || byte == UInt8(ascii: "!") {
                result += [mark, UInt8(ascii: "\\"), byte, mark]
            } else {
                result.append(byte)
            }
        }
        return result + [mark]
    }
}
