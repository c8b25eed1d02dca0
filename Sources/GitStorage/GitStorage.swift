// The public interface of GitStorage.
