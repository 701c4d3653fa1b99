use super::*;
use crate::rng::Streams;
use crate::synth::flow::draw::normal;
use crate::synth::flow::moments::{Sample, agrees};

/// Volatility V = exp(x - s) of a normal x of variance s has a mean square of one, and E V^k = exp(k^2 s / 2 - k s). Who hears the share L V^e of a
/// normal change of deviation V has a variance of L^2 E V^(2 + 2e) = L^2 exp(2 s e (1 + e)) and a covariance with it of
/// L E V^(2 + e) = L exp(s e (2 + e) / 2): what is heard grows with stress, and so does the correlation over calm and stress together.
#[test]
fn stress_raises_what_is_heard_by_the_moments_of_volatility() {
    let (share, deviation, parts) = (0.6, 1e-4, 400);
    for (exponent, variance) in [(0.0, 0.16), (0.3, 0.16), (0.8, 0.09)] {
        let ear = Ear { from: 0, share, stress_exponent: exponent };
        let member = Hearing { hears: vec![ear], basis: None, basis_at: 0 };
        let mut rng = Streams::new(95).stream("stress");
        let mut seen = [(); 3].map(|()| Sample::default());
        for _ in 0..parts * 2_000 {
            let volatility = (normal(&mut rng) * f64::sqrt(variance) - variance).exp();
            let moved = deviation * volatility * normal(&mut rng);
            let mut learned: Learned = Default::default();
            learned[0] = (moved.exp(), volatility);
            let heard = member.hear(&learned).ln();
            let products = [moved * moved, heard * heard, moved * heard];
            seen.iter_mut().zip(products).for_each(|(seen, product)| seen.0.push(product / deviation / deviation));
        }
        let grown = (2.0 * variance * exponent * (1.0 + exponent)).exp();
        let both = (variance * exponent * (2.0 + exponent) / 2.0).exp();
        for (seen, expected) in seen.iter().zip([1.0, share * share * grown, share * both]) {
            let error = (seen.variance() / seen.count()).sqrt();
            assert!(error < 0.02 * expected, "an error of {error} of {expected} proves little");
            agrees("second moment", seen.mean(), expected, error);
        }
    }
}
