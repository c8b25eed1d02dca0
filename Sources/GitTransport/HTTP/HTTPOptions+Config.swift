public import GitConfig
public import SystemPackage

extension HTTPOptions {
    /// What the configuration says for a URL.
    ///
    /// - Throws: ``ConfigError`` for a value that cannot be read.
    public init(
        userAgent: String, config: Config, url: RemoteURL, home: FilePath?
    ) throws(ConfigError) {
        self.init(userAgent: userAgent)
        let settings = URLSettings(config, section: "http", url: url)
        if let agent = settings.string("useragent") { self.userAgent = agent }
        if let verify = try settings.bool("sslverify") { verifiesCertificate = verify }
        authorityFile = try settings.path("sslcainfo", home: home)
        authorityDirectory = try settings.path("sslcapath", home: home)
        certificate = try settings.path("sslcert", home: home)
        key = try settings.path("sslkey", home: home)
        proxy = settings.string("proxy")
        extraHeaders = settings.list("extraheader")
        lowSpeedLimit = try settings.int("lowspeedlimit") ?? 0
        lowSpeedTime = try settings.int("lowspeedtime") ?? 0
        postBuffer = max(try settings.int("postbuffer") ?? postBuffer, 65_536)
        version = settings.string("version")
        cookieFile = try settings.path("cookiefile", home: home)
        savesCookies = try settings.bool("savecookies") ?? false
        switch settings.string("followredirects") {
        case nil, "initial": redirects = .initial
        default: redirects = try settings.bool("followredirects") == true ? .always : .never
        }
    }
}
