"""The purchases follow the process they claim to follow: fits find the constants again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import gamma, kstest

from segctl.demo_data.constants import PROCESS
from segctl.demo_data.generator import PEOPLE_STAGES, connect, run_stages

PEOPLE = 20_000
HASH_OF_42 = 7199933130570745587  # as computed by DuckDB 2.0


@pytest.fixture(scope="module")
def shop():
    connection = connect(PEOPLE, seed=7)
    run_stages(connection, 0, PEOPLE, PEOPLE_STAGES)
    return connection


def fit_bg_nbd(repeats, recency, weeks):
    """Maximum likelihood after Fader, Hardie and Lee (2005), equation 6."""

    def loss(logarithms):
        r, alpha, a, b = np.exp(logarithms)
        common = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
        alive = betaln(a, b + repeats) - (r + repeats) * np.log(alpha + weeks)
        at_least_one = np.maximum(repeats, 1)
        gone = betaln(a + 1, b + at_least_one - 1) - (r + repeats) * np.log(alpha + recency)
        return -np.mean(common + np.logaddexp(alive, np.where(repeats > 0, gone, -np.inf)))

    options = {"maxiter": 4000, "xatol": 1e-3, "fatol": 1e-8}
    return np.exp(minimize(loss, np.zeros(4), method="Nelder-Mead", options=options).x)


def test_bg_nbd_parameters_are_recovered(shop):
    data = shop.execute(
        """
        select
            count(*) - 1 as repeats,
            (max(ordered_s) - min(ordered_s)) / 604800 as recency,
            any_value(weeks) as weeks
        from purchases inner join process using (person) group by person order by person
        """
    ).fetchnumpy()
    r, alpha, a, b = fit_bg_nbd(data["repeats"].astype(float), data["recency"], data["weeks"])
    # About four standard errors each; a and b alone are the vaguest, their ratio is not.
    assert r == pytest.approx(PROCESS.purchase_r, rel=0.05)
    assert alpha == pytest.approx(PROCESS.purchase_alpha, rel=0.10)
    assert a == pytest.approx(PROCESS.dropout_a, rel=0.30)
    mean_dropout = PROCESS.dropout_a / (PROCESS.dropout_a + PROCESS.dropout_b)
    assert a / (a + b) == pytest.approx(mean_dropout, rel=0.08)


def test_hidden_values_have_the_moments_of_their_distributions(shop):
    ((rate, rate_variance, dropout, spend_rate),) = shop.execute(
        "select avg(weekly_rate), var_samp(weekly_rate), avg(dropout), avg(spend_rate) from process"
    ).fetchall()
    p = PROCESS
    assert rate == pytest.approx(p.purchase_r / p.purchase_alpha, rel=0.06)
    assert rate_variance == pytest.approx(p.purchase_r / p.purchase_alpha**2, rel=0.20)
    assert dropout == pytest.approx(p.dropout_a / (p.dropout_a + p.dropout_b), rel=0.03)
    assert spend_rate == pytest.approx(p.spend_q / p.spend_gamma, rel=0.02)


def test_buying_habits_are_plausible(shop):
    ((buyers, orders, once),) = shop.execute(
        """
        select count(*), avg(n), count(*) filter (n = 1) / count(*)
        from (select count(*) as n from purchases group by person)
        """
    ).fetchall()
    assert buyers / PEOPLE == pytest.approx(1 - PROCESS.never_buys_share, abs=0.01)
    assert 10 < orders < 13
    assert 0.30 < once < 0.45


def test_spend_follows_the_gamma_gamma_process(rows):
    # Between orders of one person the variance is p / rate ** 2, which the mean amount
    # (p / rate) fixes: their ratio, mean squared by variance, estimates the shape p.
    ((mean, shape),) = rows(
        """
        with spent as (
            select
                substr(order_id, 2, 8) as person,
                order_amount / case currency
                    when 'GBP' then 0.86 when 'USD' then 1.08 when 'CHF' then 0.96 else 1
                end as amount
            from purchases
        ),
        people as (
            select avg(amount) as mean, var_samp(amount) as variance, count(*) as n
            from spent group by person having n >= 5
        )
        select avg(mean), avg(mean ** 2 - variance / n) / avg(variance) from people
        """
    )
    p = PROCESS
    assert mean == pytest.approx(p.spend_p * p.spend_gamma / (p.spend_q - 1), rel=0.06)
    assert shape == pytest.approx(p.spend_p, rel=0.20)


@pytest.mark.parametrize("shape", [0.3, 1.2, 5.0, 40.0])
def test_gamma_draws_are_exact(shop, shape):
    draws = shop.execute(
        f"select gamma_draw({shape}::double, k, 900) as x from range(20000) as r (k)"
    ).fetchnumpy()["x"]
    assert kstest(draws, gamma(shape).cdf).pvalue > 0.001


def test_uniform_draws_are_even_and_independent():
    connection = connect(1, seed=1)
    draws = connection.execute(
        "select u(k, 1) as a, u(k, 2) as b, u(k + 1, 1) as c from range(100000) as r (k)"
    ).fetchnumpy()
    assert draws["a"].min() > 0 and draws["a"].max() < 1
    for pair in (("a", "b"), ("a", "c")):
        cells, _, _ = np.histogram2d(draws[pair[0]], draws[pair[1]], bins=20, range=[[0, 1]] * 2)
        chi_square = ((cells - 250) ** 2 / 250).sum()
        assert abs(chi_square - 399) < 4 * np.sqrt(2 * 399)


def test_the_hash_behind_all_draws_has_not_changed():
    """Another DuckDB with another hash() gives another data set: say so when it happens."""
    ((value,),) = connect(1, seed=42).execute("select hash(42::ubigint)").fetchall()
    assert value == HASH_OF_42
