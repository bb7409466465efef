import Cryptography
import Values

extension EllipticCurve {
    /// The number of points of the group (FIPS 186-4 § D.1.2), as long as a coordinate.
    var order: [UInt8] {
        let text =
            switch self {
            case .p256: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
            case .p384:
                String(repeating: "f", count: 48)
                    + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
            case .p521:
                "01" + String(repeating: "f", count: 65)
                    + "a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
            }
        return Hexadecimal.bytes(text) ?? []
    }
}
