// The public interface of GitRefs.
