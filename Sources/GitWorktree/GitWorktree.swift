// The public interface of GitWorktree.
