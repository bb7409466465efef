import Testing

@testable import Gateway

@Suite struct RecentSetTests {
    @Test func `what was added is found until it is removed`() {
        var set = RecentSet<Int>(capacity: 8)
        for number in 0..<6 { set.insert(number) }
        #expect((0..<6).allSatisfy { set.contains($0) })
        set.remove(1)
        set.remove(5)
        set.remove(7)
        #expect(!set.contains(1) && !set.contains(5))
        #expect(set.count == 4)
    }

    @Test func `KEY-01 it never grows beyond its bound, and the latest half is always there`() {
        var set = RecentSet<Int>(capacity: 100)
        for number in 0..<10_000 {
            set.insert(number)
            if number.isMultiple(of: 7) { set.insert(number) }
            #expect(set.count <= 100)
            #expect((max(0, number - 49)...number).allSatisfy { set.contains($0) })
        }
        #expect(!set.contains(9_000))
    }

    @Test func `what is added again is no older than what was added just now`() {
        var set = RecentSet<Int>(capacity: 4)
        set.insert(0)
        for number in 1..<100 {
            set.insert(number)
            set.insert(0)
        }
        #expect(set.contains(0))
        #expect(set.count <= 4)
    }

    @Test(arguments: [-1, 0, 1, 2]) func `a capacity that is too small holds the last`(_ size: Int)
    {
        var set = RecentSet<Int>(capacity: size)
        for number in 0..<5 { set.insert(number) }
        #expect(set.contains(4))
        #expect(set.count <= 2)
    }
}
