/// Values that events refer to by number. A value is kept until everyone that it was for has had it.
struct Slab<Element> {
  private var elements: [Element?] = []
  private var uses: [Int32] = []
  private var free: [Int32] = []

  /// The number of values kept.
  var count: Int { elements.count - free.count }

  /// Keeps a value for so many uses.
  mutating func insert(_ element: Element, uses count: Int = 1) -> Int {
    if let place = free.popLast() {
      elements[Int(place)] = element
      uses[Int(place)] = Int32(count)
      return Int(place)
    }
    elements.append(element)
    uses.append(Int32(count))
    return elements.count - 1
  }

  /// The value, which stays.
  subscript(place: Int) -> Element? { elements[place] }

  /// Adds a use.
  mutating func retain(_ place: Int) {
    uses[place] += 1
  }

  /// The value, which has been used once more.
  mutating func take(_ place: Int) -> Element? {
    uses[place] -= 1
    guard uses[place] == 0 else { return elements[place] }
    free.append(Int32(place))
    let element = elements[place]
    elements[place] = nil
    return element
  }
}
