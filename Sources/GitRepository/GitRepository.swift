// The public interface of GitRepository.
