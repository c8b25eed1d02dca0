internal import GitObjects
internal import GitProtocol
internal import GitStorage
internal import NacreExperiments

/// Whether a new tip holds the metric policy that the repository declares: what `nacre check old..new` asks.
enum PolicyAdmission {
    /// Why an update is refused; nil where it is not, or the repository declares no policy.
    ///
    /// The old tip's policy applies too, so that no push can loosen the rules that it is judged by.
    static func refusal(of update: RefUpdate, _ push: ReceivedPush) throws -> String? {
        let new = try TreeSource(push.objects, update.new)
        let pipeline = try PipelineReader.read(from: new)
        let metrics = ValueTable.metrics(of: new, pipeline: pipeline)
        var policies = [pipeline?.policy ?? Policy()]
        var base: ValueTable?
        if !update.old.isZero {
            let old = try TreeSource(push.objects, update.old)
            let pipeline = try PipelineReader.read(from: old)
            base = ValueTable.metrics(of: old, pipeline: pipeline)
            if let policy = pipeline?.policy, policy != policies[0] { policies.append(policy) }
        }
        for policy in policies {
            let findings = PolicyCheck(policy, metrics: metrics, base: base).findings
            let failures = findings.filter { !$0.passes }
            guard let first = failures.first else { continue }
            for failure in failures { push.message("policy: \(failure.message)\n") }
            return "protected: the metric policy fails: \(first.message)"
        }
        return nil
    }
}
