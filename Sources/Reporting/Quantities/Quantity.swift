/// Numbers with their units as people read them; the same on every machine, whatever its locale.
///
/// One extension per kind of quantity. What is not a number (no measurement yet, a diverged loss)
/// reads `unknown` rather than as a number that looks measured.
public enum Quantity {
    /// Stands where there is no number.
    public static let unknown = "–"
}
