// The public interface of LargeFiles.
