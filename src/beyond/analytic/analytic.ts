/**
 * @file The image in closed form: no optimiser, no start, for one image and an activation f that has an inverse.
 *
 *   c        ← the label                                              Eq. (4), extract-label.ts
 *   g, a     ← the last layer's output gradient and input             Eq. (3), last-input.ts;  ∂a = Wᵀ g
 *   then for each layer from the last to the first, its output known with its gradient:
 *   f:         z = f⁻¹(a),  ∂z = f′(z) ⊙ ∂a
 *   W:         x solves { W P = z − b,  ∂z Pᵀ = ∂W }                  input-equations.ts;  ∂x = Wᵀ ∂z
 *   image    ← the first layer's x
 *
 * How much each equation is worth follows from how large its error is, its standard deviation σ. A number v of the
 * gradient has σ(v)² = (u v)² + τ²; u, τ and σ_a are what its last layer tells (last-input.ts).
 *
 *   z = f⁻¹(a)            σ_z² = (σ_a / f′(z))² + (u rms z)²     a saturated unit's z is known badly; z is rounded too
 *   ∂W = ∂z Pᵀ, row o     σ_W² = ‖δ∂z_o‖² + σ(rms ∂W_o)²         |P| is about 1; δ∂z from a twin, below
 *   x of a layer          σ_x² = s² tr (AᵀA)⁻¹ / n               A x = y: the equations divided by σ
 *                         s² = ‖A x − y‖² / (m − n)              1 where the σ's are right, or m − n says too little
 *
 * The trace is ⟨ξ, (AᵀA)⁻¹ ξ⟩ of one random ξ = ±1 (Hutchinson). Where s is not 1 u and τ were wrong, and are
 * multiplied by it: numbers computed in float32 throughout err by more than one rounding. The twin is the same (a, ∂a)
 * with errors of size σ added: it goes through f⁻¹, f′ and Wᵀ beside the estimate, and how far they are apart is δ∂z.
 *
 * σ_x of the first layer is the image's expected error. Where equations do not determine their unknowns AᵀA is singular
 * and σ_x without bound: R-GAP's risk index, m − n, counts the equations, σ_x weighs them. All errors are taken to be
 * independent. Those of ∂z after a layer of a few units are not, and σ_x is then too small. And a column of ∂W that was
 * pruned is seen as a = 0, which no sigmoid takes, but tanh and a layer without an f may: they take it for known.
 *
 * Sources: J. Zhu and M. Blaschko, "R-GAP: Recursive Gradient Attack on Privacy", ICLR 2021; M. Hutchinson, "A
 * stochastic estimator of the trace of the influence matrix", Communications in Statistics 18 (1989).
 */
import { Activation } from '../nn/activation.ts';
import type { Layer, Parameters } from '../nn/layer.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { conjugateGradients, type Progress } from '../optim/conjugate-gradients.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { expectFinite, view, zeros, type Tensor } from '../tensor/tensor.ts';
import { dot, norm2, normInf } from '../tensor/vector.ts';
import { extractLabel, lastLayer, type LabelRule } from './extract-label.ts';
import { InputEquations } from './input-equations.ts';
import { LEAST_PRECISION, lastInput, sigmaOf, type Errors, type LastInput } from './last-input.ts';

export interface ClosedFormOptions {
  readonly labelRule?: LabelRule;
  /** Draws ξ and the twin's errors. 0 unless said. */
  readonly seed?: number;
}

/** How a layer's input was found. */
export interface LayerSolution {
  readonly name: string;
  /** m, those whose σ is finite, and n. R-GAP's risk index is their difference. */
  readonly equations: number;
  readonly unknowns: number;
  /** Steps of conjugate gradients, those for the trace included. */
  readonly steps: number;
  /** σ_x, at most 1: an unknown of which nothing is known. */
  readonly error: number;
}

export interface ClosedFormResult {
  /** The reconstruction, [channels, height, width]; pixels are not clamped to [0, 1]. */
  readonly image: Tensor;
  readonly label: number;
  readonly labelRule: LabelRule;
  /** σ(v) / v of a number of the last layer's ∂W, as the whole network showed it. */
  readonly precision: number;
  /** The expected root mean square error of the image, at most 1. */
  readonly error: number;
  /** Whether the image's error and every layer's are below 0.1. */
  readonly isDetermined: boolean;
  /** From the last layer to the first. */
  readonly layers: readonly LayerSolution[];
}

/** Of an a of 0, as of a column of ∂W that was pruned, no error is to be seen; it is not known for that. */
const LEAST_SIGMA = 2 ** -1022;

/** Where σ_a / f′(z) is above this: a at a distance of σ_a from an end of f's range has 1 (sigmoid) or ½ (tanh). */
const SATURATED = 0.4;

/** With fewer equations to spare the scatter of their errors is not known. */
const SPARE = 10;

/** Of ⟨ξ, M⁻¹ ξ⟩ no more is left where (AᵀA)⁻¹ ξ is found; one unknown of a thousand that no equation sees leaves more. */
const ANSWERED = 1e-6;
/** Nor, where AᵀA is nearly singular, does the trace grow by more in n steps; such an unknown makes it grow and grow. */
const GROWTH = 0.01;
/** Of an error below this what is to be seen is the image. */
const SMALL = 0.1;

/** In exact arithmetic n steps are enough; rounding makes it more: where gradients have nearly vanished, 24 n. */
const MOST_STEPS = (n: number): number => 40 * n + 2000;

/** A value and its gradient. */
interface Pair {
  readonly value: Tensor;
  readonly grad: Tensor;
}

/** What is known between two layers: the estimate, its twin, σ of the value, and the errors of ∂W so far. */
interface Known {
  readonly estimate: Pair;
  readonly twin: Pair;
  readonly sigma: Float64Array;
  readonly errors: Errors;
}

/**
 * The image and the label that a shared gradient comes from.
 * @param network the network that the client computed the gradient with.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class; its largest numbers between 1e-140 and 1e140, for squares.
 * @throws {RangeError} where the gradient is not laid out as θ, a number of either is NaN or infinite, the last layer's
 *   gradient is 0, the last layer is not a linear one, or an activation has no inverse (relu).
 */
export function closedForm(
  network: Network, gradient: ParameterVector, { labelRule, seed = 0 }: ClosedFormOptions = {},
): ClosedFormResult {
  gradient.expectLayout('gradient', network.theta);
  expectFinite('gradient', gradient.data);
  expectFinite('theta', network.theta.data);
  const random = new Random(seed, STREAMS.start), layers = network.sample().layers, last = layers.length - 1;
  if (!layers[last].layer.isOuter) throw new RangeError(`${layers[last].name}: expected a linear last layer`);
  for (const { layer } of layers) if (layer instanceof Activation) layer.expectInverse();

  const { label, rule } = extractLabel(lastLayer(gradient), labelRule);
  const top = lastInput(lastLayer(gradient), lastLayer(network.theta), label);
  let known = underLast(layers[last].layer, network.theta.windows[last], top, random);
  const solutions: LayerSolution[] = [];
  for (let k = last - 1; k >= 0; k--) {
    const { name, layer } = layers[k];
    if (layer instanceof Activation) {
      known = underActivation(layer, known);
    } else {
      const p = network.theta.windows[k], gradW = gradient.windows[k].W;
      const { solution, ...below } = underWeights(layer, p, gradW, known, random);
      known = below;
      solutions.push({ name, ...solution });
    }
  }
  const { estimate, sigma, errors } = known, error = Math.min(1, rms(sigma));
  const size = rms(lastLayer(gradient).W.data), precision = sigmaOf(errors, size) / size;
  const isDetermined = error < SMALL && solutions.every((solution) => solution.error < SMALL);
  return { image: estimate.value, label, labelRule: rule, precision, error, isDetermined, layers: solutions };
}

/** a, ∂a = Wᵀ g */
function underLast(layer: Layer, p: Parameters, { a, g, errors, sigma }: LastInput, random: Random): Known {
  const { inShape: shape, outShape } = layer, unused = { W: zeros(p.W.shape), b: zeros([g.length]) };
  layer.forward(view(a, shape), p);
  const gradA = (gradY: Float64Array): Tensor => {
    return { shape, data: layer.backward(view(gradY, outShape), p, unused)!.data.slice() };
  };
  const twin = disturbed(g, g.map((v) => sigmaOf(errors, v)), random);
  return {
    estimate: { value: view(a, shape), grad: gradA(g) },
    twin: { value: view(disturbed(a, sigma, random), shape), grad: gradA(twin) },
    sigma,
    errors,
  };
}

/**
 * z = f⁻¹(a), ∂z = f′ ⊙ ∂a. An a nearer to an end of f's range than its error, or past it, is moved off by that much;
 * of such a saturated unit z may be anything from here on, and so may f′, down to 0: σ_z = ∞, and its twin's ∂z is 0.
 */
function underActivation(layer: Activation, { estimate, twin, sigma: found, errors }: Known): Known {
  const sigma = found.map((s) => Math.max(s, LEAST_SIGMA)), margins = sigma.map((s) => Math.min(s, 0.25));
  const shape = layer.inShape;
  const through = ({ value, grad }: Pair): Pair => {
    const z = layer.invert(value, margins);
    layer.forward(z);
    return { value: z, grad: { shape, data: layer.backward(grad).data.slice() } };
  };
  const below = { twin: through(twin), estimate: through(estimate) }; // the estimate last: the slope is at its z
  const slope = layer.backward(view(new Float64Array(sigma.length).fill(1), shape)).data;
  const isKnown = Array.from(sigma, (s, i) => s / slope[i] <= SATURATED);
  const rounding = errors.relative * rms(below.estimate.value.data.filter((_, i) => isKnown[i]));
  isKnown.forEach((known, i) => {
    if (!known) below.twin.grad.data[i] = 0;
  });
  const sigmaZ = sigma.map((s, i) => (isKnown[i] ? Math.hypot(s / slope[i], rounding) : Infinity));
  return { ...below, sigma: sigmaZ, errors };
}

/**
 * x of { W P = z − b, ∂z Pᵀ = ∂W }, and ∂x = Wᵀ ∂z. It is fit where the last ten steps gained no more than a hundredth
 * of what chance moves one unknown by, which in equations divided by their σ is s², or 1 where s is less: more steps
 * would fit x to the errors. Or it is fit where only rounding errors are left. Where A does not see all of ξ the trace
 * grows past n / s², or is not known after the most steps: then the error is 1. And it is 1 where all equations are 0 = 0,
 * as of saturated units alone, and x = 0 fits them.
 */
function underWeights(
  layer: Layer, p: Parameters, gradW: Tensor, { estimate, twin, sigma: sigmaZ, errors }: Known, random: Random,
): Known & { readonly solution: Omit<LayerSolution, 'name'> } {
  const { inShape: shape } = layer, out = p.W.shape[0];
  const rows = (x: Float64Array): Float64Array[] =>
    Array.from({ length: out }, (_, o) => x.subarray((o * x.length) / out, ((o + 1) * x.length) / out));
  const apart = rows(estimate.grad.data.map((v, i) => v - twin.grad.data[i])), own = rows(gradW.data);
  const sigmaW = Float64Array.from(apart, (row, o) => Math.hypot(norm2(row), sigmaOf(errors, rms(own[o]))));
  const A = new InputEquations(layer, p, estimate.grad, sigmaZ, sigmaW), { m, n, equations } = A;
  const x = new Float64Array(n), y = A.rightSide(estimate.value, p.b.data, gradW.data), most = MOST_STEPS(n);
  const scatter = (rest: number): number => (equations - n < SPARE ? 1 : rest / (equations - n));
  const isFit = ({ lately, rest }: Progress): boolean => lately < 0.01 * Math.max(1, scatter(rest));
  const fit = conjugateGradients(A, { b: y }, x, isFit, most);
  const xi = new Float64Array(n).map(() => 2 * random.below(2) - 1);
  const s = Math.sqrt(scatter(fit.rest));
  const isKnown = ({ slope, gain, inN }: Progress): boolean => slope < ANSWERED || (slope < 1 && inN < GROWTH * gain);
  const isOver = (progress: Progress): boolean => isKnown(progress) || s * s * progress.gain > n;
  const trace = conjugateGradients(A, { b: new Float64Array(m), c: xi }, new Float64Array(n), isOver, most);
  const error = isKnown(trace) && normInf(y) > 0 ? Math.min(1, s * Math.sqrt(trace.gain / n)) : 1;
  const value = view(x, shape), sigma = new Float64Array(n).fill(error);
  return {
    estimate: { value, grad: A.gradX(estimate.grad) },
    twin: { value: view(disturbed(x, sigma, random), shape), grad: A.gradX(twin.grad) },
    sigma,
    errors: { relative: Math.max(errors.relative * s, LEAST_PRECISION), absolute: errors.absolute * s },
    solution: { equations, unknowns: n, steps: fit.steps + trace.steps, error },
  };
}

/** x + σ N(0, 1) */
function disturbed(x: Float64Array, sigma: Float64Array, random: Random): Float64Array {
  return x.map((v, i) => v + sigma[i] * random.normal());
}

const rms = (x: Float64Array): number => Math.sqrt(dot(x, x) / x.length);
