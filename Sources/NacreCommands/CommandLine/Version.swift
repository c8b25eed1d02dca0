/// This program's version.
enum Version {
    static let number = "0.1.0"
    /// The release of Git whose behaviour the verbs have.
    static let git = "2.39"
    /// Its full number, as it signs mails.
    static let gitRelease = "2.39.5"
}
