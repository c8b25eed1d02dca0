// The public interface of GitTransport.
