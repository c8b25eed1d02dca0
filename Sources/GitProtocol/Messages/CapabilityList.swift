/// What one side can do: words, some with `=value`, in the order in which they were said.
public struct CapabilityList: Sendable, Hashable {
    /// The words as they stand.
    public private(set) var words: [String]

    /// Makes a list.
    public init(_ words: [String] = []) { self.words = words }

    /// Reads words separated by spaces: what follows the NUL of a first ref or command.
    public init(parsing bytes: some Collection<UInt8>) {
        words = bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Adds a word.
    public mutating func append(_ word: String) { words.append(word) }

    /// Whether the word stands there, with a value or without.
    public func contains(_ name: String) -> Bool {
        words.contains {
            $0 == name || ($0.hasPrefix(name) && $0.utf8.dropFirst(name.utf8.count).first == UInt8(ascii: "="))
        }
    }

    /// The first value of a word; nil where it is absent or has none.
    public func value(_ name: String) -> String? { values(name).first }

    /// Every value of a word that may stand several times (`symref=…`).
    public func values(_ name: String) -> [String] {
        let prefix = name + "="
        return words.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// Whether a word's value, itself a list of words, holds `feature` (version 2: `fetch=shallow filter`).
    public func value(_ name: String, has feature: String) -> Bool {
        value(name)?.split(separator: " ").contains { $0 == feature } ?? false
    }

    /// The words with spaces between.
    public var joined: String { words.joined(separator: " ") }
}
