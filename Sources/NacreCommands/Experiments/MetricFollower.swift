internal import Glibc
internal import NacreExperiments
internal import Synchronization
internal import SystemPackage

/// Shows series as they grow while a run goes on: one line each time that a value was added, with a sparkline.
final class MetricFollower: Sendable {
    private let root: FilePath
    private let isStopped = Atomic<Bool>(false)
    private let shown = Mutex<[String: Int]>([:])

    init(_ root: FilePath) { self.root = root }

    func start() {
        var thread = pthread_t()
        let reference = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                // The pointer is the one that was passed below.
                guard let argument else { return nil }
                let follower = Unmanaged<MetricFollower>.fromOpaque(argument).takeRetainedValue()
                while !follower.isStopped.load(ordering: .relaxed) {
                    follower.show()
                    usleep(500_000)
                }
                return nil
            }, reference.toOpaque())
        if code == 0 { pthread_detach(thread) } else { reference.release() }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        show()
    }

    private func show() {
        guard let all = try? Series.all(from: DirectorySource(root)) else { return }
        for series in all {
            guard let last = series.points.last else { continue }
            let isNew = shown.withLock { shown in
                defer { shown[series.name] = series.points.count }
                return shown[series.name] != series.points.count
            }
            guard isNew else { continue }
            let line = UnicodeChart.sparkline(series.points.map(\.value))
            StandardError.write("\(series.name) \(NumberDisplay.rounded(last.value)) at step \(last.step) \(line)\n")
        }
    }
}
