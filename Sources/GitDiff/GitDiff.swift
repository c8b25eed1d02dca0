// The public interface of GitDiff.
