internal import GitWorktree

extension Context {
    /// Says that operands match only entries whose files are not wanted in the work tree, so that nothing was done.
    func adviseOnUnwanted(_ operands: [[UInt8]]) {
        guard !operands.isEmpty else { return }
        errors.line("The following paths and/or pathspecs matched paths that exist")
        errors.line("outside of your sparse-checkout definition, so will not be")
        errors.line("updated in the index:")
        for operand in operands { errors.line(operand) }
        guard advises("updateSparsePath") else { return }
        hint(
            "If you intend to update such entries, try one of the following:", "* Use the --sparse option.",
            "* Disable or modify the sparsity rules.",
            "Disable this message with \"git config advice.updateSparsePath false\"")
    }
}
