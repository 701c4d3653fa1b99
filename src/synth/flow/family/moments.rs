use super::model::FamilyModel;

/// Closed-form second moments of a family's prices at pace one, jumps, bases and shocks left out.
///
/// With own variances o and shares L (1 on the diagonal), the covariance of i and j is the sum of `L[i][k] o[k] L[j][k]` over all k: exact for
/// changes over times that are long beside the delay.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Share of each member's variance that is learned in it.
    pub own_shares: Vec<f64>,
    /// Standard deviation of a day's change in basis points.
    pub volatilities_bps: Vec<f64>,
    /// Correlations of changes.
    pub correlations: Vec<Vec<f64>>,
}

impl Moments {
    /// The moments of a family. `None` where own shares cannot be worked out: somebody among those that hear of each other must say.
    #[must_use]
    pub fn of(model: &FamilyModel) -> Option<Self> {
        let shares = shares(model);
        let own_shares = own_shares(model, &shares)?;
        let count = model.members.len();
        let own: Vec<f64> =
            model.members.iter().zip(&own_shares).map(|(member, share)| member.variance() * share).collect();
        let covariance = |i: usize, j: usize| -> f64 { (0..count).map(|k| shares[i][k] * own[k] * shares[j][k]).sum() };
        let deviation = |i: usize| libm::sqrt(covariance(i, i));
        let correlation = |i: usize, j: usize| covariance(i, j) / deviation(i) / deviation(j);
        Some(Self {
            volatilities_bps: (0..count).map(deviation).collect(),
            correlations: (0..count).map(|i| (0..count).map(|j| correlation(i, j)).collect()).collect(),
            own_shares,
        })
    }
}

/// By how much member i moves when k learns something: row i, column k.
fn shares(model: &FamilyModel) -> Vec<Vec<f64>> {
    let count = model.members.len();
    let mut shares: Vec<Vec<f64>> =
        (0..count).map(|i| (0..count).map(|k| f64::from(u8::from(i == k))).collect()).collect();
    for link in &model.links {
        if let (Some(from), Some(to)) = (model.place(&link.from), model.place(&link.to)) {
            shares[to][from] = link.share;
        }
    }
    shares
}

/// What members say, and for those that do not what is left of their variance when all from whom they hear are known.
fn own_shares(model: &FamilyModel, shares: &[Vec<f64>]) -> Option<Vec<f64>> {
    let mut known: Vec<Option<f64>> = model.members.iter().map(|member| member.own_share).collect();
    // A chain is as long as there are members.
    for _ in 0..model.members.len() {
        for (place, member) in
            model.members.iter().enumerate().filter(|(place, _)| model.members[*place].own_share.is_none())
        {
            let heard = (0..known.len()).filter(|other| *other != place && shares[place][*other] != 0.0);
            let variances = heard.map(|other| {
                let variance = shares[place][other] * shares[place][other] * model.members[other].variance();
                known[other].map(|share| share * variance)
            });
            known[place] = variances.sum::<Option<f64>>().map(|heard| 1.0 - heard / member.variance());
        }
    }
    known.into_iter().collect()
}
