// The public interface of NacreServer.
