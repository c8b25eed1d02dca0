// The public interface of NacreExperiments.
