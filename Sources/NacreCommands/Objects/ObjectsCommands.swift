/// The verbs of this group.
enum ObjectsCommands {
    static let all: [any Command.Type] = [
        CatFileCommand.self, CommitGraphCommand.self, CommitTreeCommand.self, CountObjectsCommand.self,
        FsckCommand.self, GCCommand.self, HashObjectCommand.self, IndexPackCommand.self, LsTreeCommand.self,
        MkTreeCommand.self, PackObjectsCommand.self, PruneCommand.self, PrunePackedCommand.self, RepackCommand.self,
        UnpackObjectsCommand.self, VerifyPackCommand.self,
    ]
}
