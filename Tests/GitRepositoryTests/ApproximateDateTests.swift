import GitRepository
import TestSupport
import Testing

/// Dates as people write them mean what they mean to git.
@Suite struct ApproximateDateTests {
    private static let texts = [
        "yesterday", "now", "today", "noon", "midnight", "tea", "noon yesterday", "noon today", "3 days ago",
        "3.days.ago",
        "1 week ago", "two weeks ago", "a year ago", "6 months ago", "last month", "last friday", "last.friday.at.noon",
        "10am yesterday", "10pm", "12:34 yesterday", "5 seconds ago", "5 minutes ago", "5.hours.ago", "never", "Jan 5",
        "5 Jan", "June 7 2020", "7 June 2020 12:00", "2020-06-07", "2020-06-07 12:13:14", "2020-06-07T12:13:14Z",
        "2020/06/07", "7.6.2020", "1600000000", "@1600000000", "1600000000 +0200", "Fri Jun 4 15:46:55 2010",
        "Fri, 4 Jun 2010 15:46:55 -0500", "monday", "thursday", "2 fridays ago", "ten days ago", "1.year.2.months.ago",
        "tuesday 9:00", "12th", "March", "2019", "garbage", "", "3 garbage ago", "12:00am", "12:00pm", "0:00",
    ]

    @Test(arguments: texts) func meansWhatItMeansToGit(_ text: String) throws {
        let sandbox = try Sandbox("date")
        try sandbox.git("init", "-q")
        // 2023-11-14 22:13:20 UTC, a Tuesday.
        let now: Int64 = 1_700_000_000
        let outcome = try sandbox.git(
            "rev-parse", "--since=\(text)", variables: ["GIT_TEST_DATE_NOW": "\(now)", "TZ": "UTC"])
        let ours = ApproximateDate.limit(text, now: now, localZone: { _ in 0 })
        #expect("--max-age=\(ours)" == outcome.trimmed)
    }
}
