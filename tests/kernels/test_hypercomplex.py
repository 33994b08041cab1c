"""Every identity of the algebras, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.hypercomplex import PRODUCTS, adjoint, moduli, multiply, unit

NAMES = list(PRODUCTS)


def numbers(product: str, count: int, d: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 5, PRODUCTS[product].parts * d))


def unit_of(product: str, block: int) -> np.ndarray:
    return np.eye(PRODUCTS[product].parts)[block]


@pytest.mark.parametrize(
    ("product", "table"),
    [
        ("hamilton", {"ij": "+k", "ik": "-j", "ji": "-k", "jk": "+i", "ki": "+j", "kj": "-i", "ii": "-1", "jj": "-1", "kk": "-1"}),
        ("dihedron", {"ij": "+k", "ik": "-j", "ji": "-k", "jk": "-i", "ki": "+j", "kj": "+i", "ii": "-1", "jj": "+1", "kk": "+1"}),
    ],
)
def test_multiplication_table(product: str, table: dict[str, str]) -> None:
    for (left, right), expected in table.items():
        found = multiply(product, unit_of(product, "1ijk".index(left)), unit_of(product, "1ijk".index(right)))
        sign = -1 if expected[0] == "-" else 1
        assert found.tolist() == (sign * unit_of(product, "1ijk".index(expected[1]))).tolist()


@pytest.mark.parametrize(("product", "eps"), [("hamilton", -1), ("dihedron", 1)])
def test_components(product: str, eps: int) -> None:
    h, r = numbers(product, 2)
    (s, x, y, z), (a, b, c, e) = np.split(h, 4, axis=-1), np.split(r, 4, axis=-1)
    parts = [
        s * a - x * b + eps * (y * c + z * e),
        s * b + x * a - eps * (y * e - z * c),
        s * c - x * e + y * a + z * b,
        s * e + x * c - y * b + z * a,
    ]
    np.testing.assert_allclose(multiply(product, h, r), np.concatenate(parts, axis=-1), atol=1e-14)


def test_complex_numbers_are_numpys() -> None:
    h, r = numbers("complex", 2)
    product = (h[:, :3] + 1j * h[:, 3:]) * (r[:, :3] + 1j * r[:, 3:])
    np.testing.assert_allclose(multiply("complex", h, r), np.hstack([product.real, product.imag]), atol=1e-14)


def test_biquaternions_are_quaternions_with_complex_coefficients() -> None:
    h, r = numbers("biquaternion", 2)
    low, high = (v[:, :12] + 1j * v[:, 12:] for v in (h, r))
    product = multiply("hamilton", low, high)
    np.testing.assert_allclose(multiply("biquaternion", h, r), np.hstack([product.real, product.imag]), atol=1e-14)


@pytest.mark.parametrize("product", NAMES)
def test_associative(product: str) -> None:
    a, b, c = numbers(product, 3)
    np.testing.assert_allclose(multiply(product, multiply(product, a, b), c), multiply(product, a, multiply(product, b, c)), atol=1e-12)


@pytest.mark.parametrize(("product", "commutes"), [(name, name in ("real", "complex")) for name in NAMES])
def test_commutative_where_it_should_be(product: str, commutes: bool) -> None:
    a, b = numbers(product, 2)
    assert np.allclose(multiply(product, a, b), multiply(product, b, a)) == commutes


@pytest.mark.parametrize("product", NAMES)
def test_adjoint(product: str) -> None:
    h, r, t = numbers(product, 3)
    left, right = (multiply(product, h, r) * t).sum(axis=-1), (h * multiply(product, t, adjoint(product, r))).sum(axis=-1)
    np.testing.assert_allclose(left, right, atol=1e-12)


@pytest.mark.parametrize("product", ["real", "complex", "hamilton"])
def test_norms_multiply(product: str) -> None:
    h, r = numbers(product, 2)
    np.testing.assert_allclose(moduli(product, multiply(product, h, r)), moduli(product, h) * moduli(product, r), rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(multiply(product, h, unit(product, r)), axis=-1), np.linalg.norm(h, axis=-1), rtol=1e-12)


def form(q: np.ndarray) -> np.ndarray:
    """N(q) = s^2 + x^2 - y^2 - z^2."""
    return np.asarray(np.array([1, 1, -1, -1]) @ np.square(q))


def matrix(q: np.ndarray) -> np.ndarray:
    s, x, y, z = q
    return np.array([[s + z, x + y], [y - x, s - z]])


def test_dihedrons_are_the_real_two_by_two_matrices() -> None:
    h, r = np.random.default_rng(0).normal(size=(2, 4))
    np.testing.assert_allclose(matrix(multiply("dihedron", h, r)), matrix(h) @ matrix(r), atol=1e-14)
    np.testing.assert_allclose(np.linalg.det(matrix(h)), form(h))


def test_the_form_of_dihedrons_multiplies_and_their_length_does_not() -> None:
    h, r = np.random.default_rng(1).normal(size=(2, 4))
    product = multiply("dihedron", h, r)
    assert form(product) == pytest.approx(form(h) * form(r))
    assert abs(np.linalg.norm(product) - np.linalg.norm(h) * np.linalg.norm(r)) > 0.1
    zero = np.array([1.0, 0, 1, 0])  # N = 0, yet not 0
    assert form(zero) == 0


def test_a_unit_dihedron_stretches() -> None:
    r = unit("dihedron", np.random.default_rng(2).normal(size=4))
    turned = np.linalg.svd(np.stack([multiply("dihedron", e, r) for e in np.eye(4)]), compute_uv=False)
    assert turned[0] > 1 > turned[-1] > 0
    np.testing.assert_allclose(turned[0] ** 2 + turned[-1] ** 2, 2)


@pytest.mark.parametrize("product", NAMES)
def test_torch_and_numpy_agree_and_rows_are_broadcast(product: str) -> None:
    h, r = numbers(product, 2)
    found = multiply(product, torch.from_numpy(h), torch.from_numpy(r[0]))
    np.testing.assert_allclose(found.numpy(), multiply(product, h, r[0]), atol=1e-14)
    np.testing.assert_allclose(unit(product, torch.from_numpy(r)).numpy(), unit(product, r), atol=1e-14)


def test_gradients_pass() -> None:
    h, r = (torch.from_numpy(v[0]).requires_grad_() for v in numbers("dihedron", 2))
    assert torch.autograd.gradcheck(lambda a, b: multiply("dihedron", a, unit("dihedron", b)), (h, r))


def test_zero_has_no_direction_and_stays_zero() -> None:
    assert unit("hamilton", np.zeros(4)).tolist() == [0.0] * 4


def test_wrong_widths_and_names() -> None:
    with pytest.raises(DataError, match="a hamilton number has 4 parts, and 6 columns cannot be divided by 4"):
        multiply("hamilton", np.zeros(6), np.zeros(6))
    with pytest.raises(UnknownNameError, match="hamilton"):
        multiply("hamiltonian", np.zeros(4), np.zeros(4))
