/// Gives equal things equal numbers, and different things different ones: from then on to compare is to compare numbers.
struct Interner<Element: Hashable & Sendable>: Sendable {
  private var elements: [Element] = []
  private var numbers: [Element: UInt32] = [:]

  /// The thing of that number.
  subscript(number: UInt32) -> Element { elements[Int(number)] }

  /// The number of a thing, from 0 in order of first appearance.
  mutating func number(of element: Element) -> UInt32 {
    if let number = numbers[element] { return number }
    let number = UInt32(elements.count)
    elements.append(element)
    numbers[element] = number
    return number
  }
}
