import ArgumentParser
import NacreServer

@main
enum Program {
    static func main() async { await ServerCommand.main() }
}
