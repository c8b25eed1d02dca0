// The public interface of GitProtocol.
