extension Context {
    /// Says what it means that HEAD names a commit and no branch, unless the person knows (`advice.detachedHead`).
    func adviseOnDetachedHead(_ name: String) {
        guard advises("detachedHead") else { return }
        errors.write(
            """
            Note: switching to '\(name)'.

            You are in 'detached HEAD' state. You can look around, make experimental
            changes and commit them, and you can discard any commits you make in this
            state without impacting any branches by switching back to a branch.

            If you want to create a new branch to retain commits you create, you may
            do so (now or later) by using -c with the switch command. Example:

              git switch -c <new-branch-name>

            Or undo this operation with:

              git switch -

            Turn off this advice by setting config variable advice.detachedHead to false


            """)
    }
}
