// The public interface of DataFormats.
