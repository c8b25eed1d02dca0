// The public interface of GitConfig.
