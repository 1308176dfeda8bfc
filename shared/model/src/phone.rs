//! The spellings of one phone number where WhatsApp's differs from what is dialled (contract §5.10, K-02).
//!
//! For look-up only: what Meta sent is kept as it came. Google's metadata say what is a mobile number, no table of ours;
//! they are read (some milliseconds) when the first number of these three countries comes.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType};

use crate::ids::WaId;

impl WaId {
    /// The other spellings under which the same person may be known. Empty for most of the world.
    ///
    /// - Brazil: a mobile number with or without its ninth digit, unless what is left without it is a landline, which is
    ///   somebody else's.
    /// - Mexico: with or without the `1` after the country code.
    /// - Argentina: with or without the `9` after the country code.
    pub fn other_spellings(&self) -> Vec<WaId> {
        other(self.as_str()).map(WaId::from).into_iter().collect()
    }
}

fn other(digits: &str) -> Option<String> {
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match (digits.get(..2)?, digits.len()) {
        ("55", 13) => without(digits, 4, '9').filter(|short| is_mobile(digits) && !is_landline(short)),
        ("55", 12) if !is_landline(digits) => with(digits, 4, '9').filter(|long| is_mobile(long)),
        ("52", 13) => without(digits, 2, '1').filter(|short| is_mobile(short)),
        ("52", 12) => with(digits, 2, '1').filter(|_| is_mobile(digits)),
        ("54", 13) => without(digits, 2, '9').filter(|_| is_mobile(digits)),
        ("54", 12) => with(digits, 2, '9').filter(|long| is_mobile(long)),
        _ => None,
    }
}

fn with(digits: &str, at: usize, digit: char) -> Option<String> {
    let (head, tail) = digits.split_at_checked(at)?;
    Some(format!("{head}{digit}{tail}"))
}

fn without(digits: &str, at: usize, digit: char) -> Option<String> {
    let (head, tail) = digits.split_at_checked(at)?;
    tail.strip_prefix(digit).map(|tail| format!("{head}{tail}"))
}

/// In Mexico nobody can tell mobile from fixed by the number: there `FixedLineOrMobile` is all there is.
fn is_mobile(digits: &str) -> bool {
    matches!(kind(digits), Some(PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile))
}

fn is_landline(digits: &str) -> bool {
    kind(digits) == Some(PhoneNumberType::FixedLine)
}

fn kind(digits: &str) -> Option<PhoneNumberType> {
    let number = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None).ok()?;
    Some(number.get_type())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn other_of(digits: &str) -> Option<String> {
        WaId::from(digits).other_spellings().pop().map(WaId::into_string)
    }

    #[test]
    fn mobiles_are_known_by_both_spellings() {
        for (one, two) in [
            ("5511987654321", "551187654321"),
            ("5531971234567", "553171234567"),
            ("525555550100", "5215555550100"),
            ("528112345678", "5218112345678"),
            ("541155550100", "5491155550100"),
            ("543516123456", "5493516123456"),
        ] {
            assert_eq!(other_of(one).as_deref(), Some(two));
            assert_eq!(other_of(two).as_deref(), Some(one));
        }
    }

    /// 11 3333-0100 is a landline of São Paulo, and 11 9 3333-0100 somebody's mobile.
    #[test]
    fn a_brazilian_landline_is_nobodys_mobile() {
        for digits in ["551133330100", "5511933330100", "551155550100", "5511955550100", "552122220100"] {
            assert_eq!(other_of(digits), None, "{digits}");
        }
    }

    #[test]
    fn what_is_no_number_of_the_three_is_left_alone() {
        for digits in ["", "55", "5", "15550100", "+5511987654321", "55119876543210", "55119é7654321", "4915112345678"]
        {
            assert_eq!(other_of(digits), None, "{digits}");
        }
    }

    proptest! {
        /// Each is the other of its other: so both find the same person, whichever came first.
        #[test]
        fn spellings_are_symmetric(country in prop_oneof!["55", "52", "54"], rest in "[0-9]{10,11}") {
            let digits = format!("{country}{rest}");
            if let Some(other) = other_of(&digits) {
                prop_assert_ne!(&other, &digits);
                prop_assert_eq!(other_of(&other), Some(digits));
            }
        }

        #[test]
        fn nobody_elsewhere_has_two(digits in "[0-9]{1,16}") {
            prop_assume!(!["52", "54", "55"].iter().any(|country| digits.starts_with(country)));
            prop_assert_eq!(other_of(&digits), None);
        }

        #[test]
        fn nothing_panics(text in "\\PC*") {
            let _ = other_of(&text);
        }
    }
}
