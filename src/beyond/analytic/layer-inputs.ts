/**
 * @file From a layer's output to its input, with their ∂ and their errors. Every equation is weighted by the standard
 * deviation σ of its error. A number v of the gradient has σ(v)² = (u v)² + τ², where u, τ and σ_a of the last layer's
 * input come from gradient-errors.ts.
 *
 *   x = (y − d) / k       σ_x = σ_y / |k|                       ∞ where k = 0, as where dropout left 0
 *   z = f⁻¹(a)            σ_z² = (σ_a / f′(z))² + (u rms z)²    large where f is saturated; z has rounding errors too
 *   ∂z Pᵀ = ∂W, row o     σ_W² = ‖δ∂z_o‖² + σ(rms ∂W_o)²        with |P| ≈ 1; δ∂z from the twin, see below
 *                         σ_W = ∞ if ∂W = 0                     it was not shared, and is no equation
 *   x of a layer          σ_x² = s² tr (AᵀA)⁻¹ / n              A x = y are the equations divided by σ
 *                         s² = ‖A x − y‖² / (m − n)             about 1 if the σ are right; 1 if m − n is too small
 *
 * The trace is estimated by ⟨ξ, (AᵀA)⁻¹ ξ⟩ with one random ξ = ±1 (Hutchinson). An s other than 1 shows that u and τ
 * were wrong, and both are multiplied by it: a gradient computed in float32 throughout has larger errors than one
 * rounding. The twin is the same (a, ∂a) with random errors of size σ added. It goes through f⁻¹, f′ and Wᵀ like the
 * estimate, and the difference between the two is taken for δ∂z.
 *
 * Two limits. Errors are taken to be independent, but those of ∂z are not before a layer with few units, and there σ_x
 * is too small. And a pruned column of ∂W looks like a = 0: no sigmoid gives that, but tanh may, and so may a layer
 * without an activation, and there it is taken to be exact.
 *
 * Source: M. Hutchinson, "A stochastic estimator of the trace of the influence matrix", Communications in Statistics 18
 * (1989).
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import type { Conv2d } from '../../nn/conv2d.ts';
import type { Flatten } from '../../nn/flatten.ts';
import type { Layer } from '../../nn/layer.ts';
import type { Linear, WeightAndBias } from '../../nn/linear.ts';
import { addAB } from '../../tensor/matmul.ts';
import type { Random } from '../../tensor/random.ts';
import { rowsOf, view, zeros, type Tensor } from '../../tensor/tensor.ts';
import { norm2, normInf } from '../../tensor/vector.ts';
import { conjugateGradients, type Progress } from './conjugate-gradients.ts';
import { hypotenuse, LEAST_PRECISION, rootMeanSquare, sigmaOf, type GradientErrors } from './gradient-errors.ts';
import { InputEquations } from './input-equations.ts';
import { inverseOf, type AnyActivation } from './inverse.ts';
import type { LastInput } from './last-input.ts';

/** A value between two layers, and its ∂. */
interface ValueAndGradient {
  readonly value: Tensor;
  readonly grad: Tensor;
}

/** What is known between two layers. */
export interface Known {
  readonly estimate: ValueAndGradient;
  readonly twin: ValueAndGradient;
  /** σ of each number of the value. */
  readonly sigma: Float64Array;
  /** Of the gradient's numbers, as estimated so far. */
  readonly errors: GradientErrors;
}

/** How the input of a layer with weights was found. */
export interface LayerSolution {
  readonly name: string;
  /** m, the equations whose σ is finite, and n. R-GAP's risk index is m − n. */
  readonly equations: number;
  readonly unknowns: number;
  /** Steps of conjugate gradients, including those for the trace. */
  readonly steps: number;
  /** σ_x, at most 1, which stands for an unknown about which nothing is known. */
  readonly error: number;
}

/** σ_a is at least this, because that of a = 0, as from a pruned column of ∂W, cannot be estimated. */
const LEAST_SIGMA = 2 ** -1022;
/**
 * A unit counts as saturated if σ_a / f′(z) exceeds this. It is 1, for tanh ½, if a is σ_a from an end of f's range.
 */
const SATURATED = 0.4;
/** If m − n is smaller, s² cannot be estimated. */
const MIN_SURPLUS = 10;
/** (AᵀA)⁻¹ ξ is found once γ/γ₀ is below this; one unknown in a thousand that is in no equation leaves more. */
const SOLVED = 1e-6;
/** Or if the trace grows by no more than this in n steps; if AᵀA is nearly singular, it grows on and on. */
const GROWTH = 0.01;

/**
 * Exact arithmetic needs n steps at most; rounding makes it more, up to 24 n where gradients have nearly vanished. For
 * large layers the multiply-adds of one run of conjugate gradients, a minute or so, are the lower bound.
 */
const maxStepsFor = ({ n, multiplyAdds }: InputEquations): number =>
  Math.min(40 * n + 2000, Math.ceil(MOST_MULTIPLY_ADDS / multiplyAdds));
const MOST_MULTIPLY_ADDS = 2 ** 36;

/** a, ∂a = Wᵀ g */
export function atLastInput({ weight: W }: LastLayer, { a, g, errors, sigma }: LastInput, random: Random): Known {
  const shape = [1, a.length];
  const gradA = (gradY: Float64Array): Tensor => {
    const grad = zeros(shape);
    addAB(1, g.length, a.length, gradY, W.data, grad.data);
    return grad;
  };
  const twin = disturbed(g, g.map((v) => sigmaOf(errors, v)), random);
  return {
    estimate: { value: view(a, shape), grad: gradA(g) },
    twin: { value: view(disturbed(a, sigma, random), shape), grad: gradA(twin) },
    sigma,
    errors,
  };
}

/** The same numbers in the shape of the layer's input. */
export function beforeFlatten({ inShape }: Flatten, { estimate, twin, ...rest }: Known): Known {
  const reshaped = ({ value, grad }: ValueAndGradient): ValueAndGradient =>
    ({ value: view(value.data, inShape), grad: view(grad.data, inShape) });
  return { estimate: reshaped(estimate), twin: reshaped(twin), ...rest };
}

/**
 * x = (y − d) / k and ∂x = k ⊙ ∂y before a layer y = k ⊙ x + d without parameters, which its own passes show: d is its
 * y at x = 0, and k its ∂x at ∂y = 1. An x with k = 0, which dropout has set to 0, may be anything; its ∂ is 0.
 */
export function beforeScale(layer: Layer<unknown>, { estimate, twin, sigma, errors }: Known): Known {
  const { inShape: shape } = layer, ones = new Float64Array(sigma.length).fill(1);
  const d = layer.forward(zeros(shape), undefined).data.slice();
  const k = layer.backward(view(ones, shape), undefined, undefined).data.slice();
  const invert = ({ value, grad }: ValueAndGradient): ValueAndGradient => ({
    value: view(value.data.map((y, i) => (k[i] === 0 ? 0 : (y - d[i]) / k[i])), shape),
    grad: view(grad.data.map((g, i) => k[i] * g), shape),
  });
  const sigmaX = sigma.map((s, i) => (k[i] === 0 ? Infinity : s / Math.abs(k[i])));
  return { estimate: invert(estimate), twin: invert(twin), sigma: sigmaX, errors };
}

/**
 * z = f⁻¹(a), ∂z = f′(z) ⊙ ∂a. An a outside f's range, or closer to its ends than σ_a, is first moved inside by σ_a.
 * The z of such a saturated unit may be anything beyond that, and its f′ anything down to 0: σ_z = ∞, and the twin's ∂z
 * = 0.
 */
export function beforeActivation(layer: AnyActivation, output: Known): Known {
  const { inShape: shape } = layer, { errors } = output;
  const sigmaA = output.sigma.map((s) => Math.max(s, LEAST_SIGMA)), margins = sigmaA.map((s) => Math.min(s, 0.25));
  const invert = ({ value, grad }: ValueAndGradient): ValueAndGradient => {
    const z = inverseOf(layer, value, margins);
    layer.forward(z);
    return { value: z, grad: { shape, data: layer.backward(grad).data.slice() } };
  };
  const twin = invert(output.twin), estimate = invert(output.estimate); // the estimate last: f′ below is taken at its z
  const slope = layer.backward(view(new Float64Array(sigmaA.length).fill(1), shape)).data;
  const isKnown = Array.from(sigmaA, (s, i) => s / slope[i] <= SATURATED);
  const rounding = errors.relative * rootMeanSquare(estimate.value.data.filter((_, i) => isKnown[i]));
  isKnown.forEach((known, i) => {
    if (!known) twin.grad.data[i] = 0;
  });
  const sigma = sigmaA.map((s, i) => (isKnown[i] ? hypotenuse(s / slope[i], rounding) : Infinity));
  return { estimate, twin, sigma, errors };
}

/** x of { W P = z − b, ∂z Pᵀ = ∂W }, and ∂x = Wᵀ ∂z. @param gradW the shared ∂W. */
export function beforeWeights(
  layer: Conv2d | Linear, { weight, bias }: WeightAndBias, gradW: Tensor, output: Known, random: Random,
): { readonly input: Known; readonly solution: Omit<LayerSolution, 'name'> } {
  const { estimate, twin, errors } = output, sigmaW = sigmasOfRows(gradW, output);
  const A = new InputEquations(layer, weight, estimate.grad, output.sigma, sigmaW), { n, equations } = A;
  const x = zeros(layer.inShape), y = A.rightSide(estimate.value, bias, gradW);
  const { s, steps, error } = solve(A, y, x.data, random);
  const sigma = new Float64Array(n).fill(error);
  const input: Known = {
    estimate: { value: x, grad: A.gradX(estimate.grad) },
    twin: { value: view(disturbed(x.data, sigma, random), layer.inShape), grad: A.gradX(twin.grad) },
    sigma,
    errors: { relative: Math.max(errors.relative * s, LEAST_PRECISION), absolute: errors.absolute * s },
  };
  return { input, solution: { equations, unknowns: n, steps, error } };
}

/** σ_W of each row o of ∂W. */
function sigmasOfRows(gradW: Tensor, { estimate, twin, errors }: Known): Float64Array {
  const rows = rowsOf(gradW);
  if (normInf(gradW.data) === 0) return new Float64Array(rows.length).fill(Infinity);
  const perRow = estimate.grad.data.length / rows.length;
  const deltas = rowsOf(view(estimate.grad.data.map((v, i) => v - twin.grad.data[i]), [rows.length, perRow])); // δ∂z
  return Float64Array.from(rows, (row, o) => hypotenuse(norm2(deltas[o]), sigmaOf(errors, rootMeanSquare(row))));
}

/**
 * Solves A x = y by least squares, and estimates s and σ_x.
 *
 * Conjugate gradients end once the last ten steps gained less than a hundredth of what an error of one standard
 * deviation in one unknown costs: s², or 1 if s is smaller. Further steps would fit x to the errors.
 *
 * σ_x is 1 if there are fewer equations than unknowns, or if ξ has a part that no equation sees: then the trace exceeds
 * n / s², or has not converged after the largest number of steps. It is also 1 if all equations are 0 = 0, as those of
 * saturated units, and x = 0 solves them.
 */
function solve(
  A: InputEquations, y: Float64Array, x: Float64Array, random: Random,
): { readonly s: number } & Pick<LayerSolution, 'steps' | 'error'> {
  const { m, n, equations } = A, surplus = equations - n, maxSteps = maxStepsFor(A);
  const sSquare = (residualSquare: number): number => (surplus < MIN_SURPLUS ? 1 : residualSquare / surplus);
  const isFit = ({ gainOfLastTen, residualSquare }: Progress): boolean =>
    gainOfLastTen < 0.01 * Math.max(1, sSquare(residualSquare));
  const fit = conjugateGradients(A, { b: y }, x, isFit, maxSteps), s = Math.sqrt(sSquare(fit.residualSquare));
  if (surplus < 0) return { s, steps: fit.steps, error: 1 };
  const xi = new Float64Array(n).map(() => 2 * random.below(2) - 1);
  const isFound = ({ gradientRatio, gain, gainOfLastN }: Progress): boolean =>
    gradientRatio < SOLVED || (gradientRatio < 1 && gainOfLastN < GROWTH * gain);
  const isOver = (progress: Progress): boolean => isFound(progress) || s * s * progress.gain > n;
  const trace = conjugateGradients(A, { b: new Float64Array(m), c: xi }, new Float64Array(n), isOver, maxSteps);
  const error = isFound(trace) && normInf(y) > 0 ? Math.min(1, s * Math.sqrt(trace.gain / n)) : 1;
  return { s, steps: fit.steps + trace.steps, error };
}

/** x + σ N(0, 1) */
function disturbed(x: Float64Array, sigma: Float64Array, random: Random): Float64Array {
  return x.map((v, i) => v + sigma[i] * random.normal());
}
