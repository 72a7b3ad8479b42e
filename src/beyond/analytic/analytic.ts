/**
 * @file The image, computed layer by layer from the last to the first: each layer's input solves linear equations, by
 * least squares (conjugate gradients). L_G is not descended and there is no random start. It takes the gradient of one
 * image, and a network of convolutions, linear layers and activations that have an inverse.
 *
 *   c        ← the label                                              extract-label.ts
 *   g, a     ← ∂ℓ/∂y and the input of the last layer                  Eq. (3), last-input.ts;  ∂a = Wᵀ g
 *   then for each layer from the last but one to the first, whose output and its ∂ are known by then:
 *   f:         z = f⁻¹(a),  ∂z = f′(z) ⊙ ∂a                           inverse.ts
 *   W, b:      x solves { W P = z − b,  ∂z Pᵀ = ∂W }                  input-equations.ts;  ∂x = Wᵀ ∂z
 *   image    ← the first layer's x
 *
 * Every equation is weighted by the standard deviation σ of its error. A number v of the gradient has σ(v)² = (u v)² + τ²;
 * u, τ and σ_a of the last layer's input are estimated in gradient-errors.ts.
 *
 *   z = f⁻¹(a)            σ_z² = (σ_a / f′(z))² + (u rms z)²    large where f is saturated; z has rounding errors too
 *   ∂W = ∂z Pᵀ, row o     σ_W² = ‖δ∂z_o‖² + σ(rms ∂W_o)²        with |P| ≈ 1; δ∂z from the twin, see below
 *   x of a layer          σ_x² = s² tr (AᵀA)⁻¹ / n              A x = y are the equations divided by σ
 *                         s² = ‖A x − y‖² / (m − n)             about 1 if the σ are right; 1 if m − n is too small
 *
 * The trace is estimated by ⟨ξ, (AᵀA)⁻¹ ξ⟩ with one random ξ = ±1 (Hutchinson). An s other than 1 shows that u and τ were
 * wrong, and both are multiplied by it: a gradient computed in float32 throughout has larger errors than one rounding.
 * The twin is the same (a, ∂a) with random errors of size σ added. It goes through f⁻¹, f′ and Wᵀ like the estimate, and
 * the difference between the two is taken for δ∂z.
 *
 * σ_x of the first layer is the expected error of the image. If the equations do not determine the unknowns, AᵀA is
 * singular and σ_x unbounded: R-GAP's risk index, m − n, counts the equations; σ_x weighs them. Two limits: errors are
 * taken to be independent, but those of ∂z are not before a layer with few units, and there σ_x is too small. And a
 * pruned column of ∂W looks like a = 0. No sigmoid gives that, but tanh may, and so may a layer without an f: there it
 * is taken to be exact.
 *
 * Sources: J. Zhu and M. Blaschko, "R-GAP: Recursive Gradient Attack on Privacy", ICLR 2021; M. Hutchinson, "A
 * stochastic estimator of the trace of the influence matrix", Communications in Statistics 18 (1989).
 */
import { extractLabel, lastLayer, type LabelRule, type LastLayer } from '../../attack/extract-label.ts';
import { GradientMatching } from '../../attack/gradient-matching.ts';
import { mse } from '../../attack/metrics.ts';
import type { Reconstruction } from '../../attack/reconstruct.ts';
import { Activation } from '../../nn/activation.ts';
import { Conv2d } from '../../nn/conv2d.ts';
import { Flatten } from '../../nn/flatten.ts';
import { Linear, type WeightAndBias } from '../../nn/linear.ts';
import { labelsOf, type Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import type { NamedLayer } from '../../nn/sequence.ts';
import { addAB } from '../../tensor/matmul.ts';
import { Random, STREAMS } from '../../tensor/random.ts';
import { expectFinite, rowsOf, unstack, view, zeros, type Tensor } from '../../tensor/tensor.ts';
import { dot, norm2, normInf } from '../../tensor/vector.ts';
import { conjugateGradients, type Progress } from './conjugate-gradients.ts';
import { hypotenuse, LEAST_PRECISION, sigmaOf, type GradientErrors } from './gradient-errors.ts';
import { InputEquations } from './input-equations.ts';
import { expectInvertible, inverseOf } from './inverse.ts';
import { lastInput, type LastInput } from './last-input.ts';

export interface AnalyticOptions {
  readonly labelRule?: LabelRule;
  /** Draws ξ and the twin's errors; default: 0. */
  readonly seed?: number;
  /** Whether the result's objective is L_G/‖∇W‖² instead of L_G; default: false. */
  readonly relative?: boolean;
  /** The private image [channels, height, width], only to record the MSE. */
  readonly truth?: Tensor;
}

/** How a layer's input was found. */
export interface LayerSolution {
  readonly name: string;
  /** m, the equations whose σ is finite, and n. R-GAP's risk index is m − n. */
  readonly equations: number;
  readonly unknowns: number;
  /** Steps of conjugate gradients, including those for the trace. */
  readonly steps: number;
  /** σ_x, at most 1: that of an unknown of which nothing is known. */
  readonly error: number;
}

/**
 * A reconstruction without a descent: 0 iterations, and 1 evaluation of L_G, at the image that was computed. It stops as
 * `solved` if the image is determined, and as `undetermined` if not.
 */
export interface AnalyticReconstruction extends Omit<Reconstruction, 'stop' | 'labelRule'> {
  readonly stop: 'solved' | 'undetermined';
  readonly labelRule: LabelRule;
  /** σ(v) / v for a number v of the last layer's ∂W, as estimated from the whole network. */
  readonly precision: number;
  /** The expected root mean square error of the image, at most 1. */
  readonly error: number;
  /** Whether the error of the image and those of all layers are below 0.1. */
  readonly isDetermined: boolean;
  /** From the last layer to the first. */
  readonly layers: readonly LayerSolution[];
}

/** σ_a is at least this, because that of a = 0, as from a pruned column of ∂W, cannot be estimated. */
const LEAST_SIGMA = 2 ** -1022;
/** A unit counts as saturated if σ_a / f′(z) exceeds this. If a is σ_a from an end of f's range, it is 1 or, for tanh, ½. */
const SATURATED = 0.4;
/** If m − n is smaller, s² cannot be estimated. */
const MIN_SURPLUS = 10;
/** (AᵀA)⁻¹ ξ is found once γ/γ₀ is below this; one unknown in a thousand that is in no equation leaves more. */
const SOLVED = 1e-6;
/** Or if the trace grows by no more than this in n steps; if AᵀA is nearly singular, it grows on and on. */
const GROWTH = 0.01;
/** An image with a smaller error than this is recognisable. */
const SMALL_ERROR = 0.1;

/** Exact arithmetic needs n steps at most; rounding makes it more, up to 24 n where gradients have nearly vanished. */
const maxStepsFor = (n: number): number => 40 * n + 2000;

interface ValueAndGradient {
  readonly value: Tensor;
  readonly grad: Tensor;
}

/** What is known between two layers: the estimate, its twin, σ of the value, and the errors of ∂W as estimated so far. */
interface Known {
  readonly estimate: ValueAndGradient;
  readonly twin: ValueAndGradient;
  readonly sigma: Float64Array;
  readonly errors: GradientErrors;
}

/**
 * Computes the image and the label that a shared gradient comes from.
 * @param network the network that the client computed the gradient with.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class; its largest number in each layer must lie between 1e-140 and
 *   1e140, so that squares neither underflow nor overflow.
 * @throws {RangeError} if the gradient does not have the shapes of θ, a number of either is NaN or infinite, the last
 *   layer's gradient is 0, an activation has no inverse (ReLU), or a layer is of another kind.
 */
export function analytic(
  network: Network, gradient: ParameterVector, options: AnalyticOptions = {},
): AnalyticReconstruction {
  const { labelRule, seed = 0, relative = false, truth } = options, { theta } = network;
  const matching = new GradientMatching(network.withBatch(1), gradient), random = new Random(seed, STREAMS.start);
  expectFinite('theta', theta.data);
  const before = matching.network.layers.parts.slice(0, -1);
  before.forEach(expectSolvable);

  const ownLast = lastLayer(theta), sharedLast = lastLayer(gradient), { label, rule } = extractLabel(sharedLast, labelRule);
  let known = atLastInput(ownLast, lastInput(sharedLast, ownLast, label), random);
  const layers: LayerSolution[] = [];
  for (const { name, layer } of before.toReversed()) {
    if (layer instanceof Activation) known = beforeActivation(layer, known);
    else if (layer instanceof Flatten) known = beforeFlatten(layer, known);
    else {
      const p = theta.tree[name] as unknown as WeightAndBias, { weight } = gradient.tree[name] as unknown as WeightAndBias;
      const { steps, equations, ...input } = beforeWeights(layer as Conv2d | Linear, p, weight, known, random);
      known = input;
      layers.push({ name, equations, unknowns: input.sigma.length, steps, error: input.sigma[0] });
    }
  }

  const images = view(known.estimate.value.data, matching.network.layers.inShape), [image] = unstack(images);
  const square = relative ? dot(gradient.data, gradient.data) : 1;
  const objective = matching.evaluate(images, labelsOf([label], network.classes)).objective / square;
  const size = rms(sharedLast.weight.data), error = Math.min(1, rms(known.sigma));
  const isDetermined = error < SMALL_ERROR && layers.every((solution) => solution.error < SMALL_ERROR);
  return {
    image, images, label, labels: [label], labelRule: rule,
    objective, iterations: 0, evaluations: 1, stop: isDetermined ? 'solved' : 'undetermined',
    trajectory: [{ iteration: 0, objective, mse: truth ? mse(image, truth) : NaN }],
    precision: sigmaOf(known.errors, size) / size, error, isDetermined, layers,
  };
}

function expectSolvable({ name, layer }: NamedLayer): void {
  if (layer instanceof Activation) expectInvertible(layer.f);
  else if (!(layer instanceof Conv2d || layer instanceof Linear || layer instanceof Flatten)) {
    throw new RangeError(`${name}: expected a convolution, a linear layer, an activation or flatten, got another layer`);
  }
}

/** a, ∂a = Wᵀ g */
function atLastInput({ weight: W }: LastLayer, { a, g, errors, sigma }: LastInput, random: Random): Known {
  const gradA = (gradY: Float64Array): Tensor => {
    const grad = zeros([1, a.length]);
    addAB(1, g.length, a.length, gradY, W.data, grad.data);
    return grad;
  };
  const twin = disturbed(g, g.map((v) => sigmaOf(errors, v)), random), shape = [1, a.length];
  return {
    estimate: { value: view(a, shape), grad: gradA(g) },
    twin: { value: view(disturbed(a, sigma, random), shape), grad: gradA(twin) },
    sigma,
    errors,
  };
}

/** The same numbers in the shape of the layer's input. */
function beforeFlatten({ inShape }: Flatten, { estimate, twin, ...rest }: Known): Known {
  const reshaped = ({ value, grad }: ValueAndGradient) => ({ value: view(value.data, inShape), grad: view(grad.data, inShape) });
  return { estimate: reshaped(estimate), twin: reshaped(twin), ...rest };
}

/**
 * z = f⁻¹(a), ∂z = f′(z) ⊙ ∂a. An a outside f's range, or closer to its ends than σ_a, is first moved inside by σ_a. The
 * z of such a saturated unit may be anything beyond that, and its f′ anything down to 0: σ_z = ∞, and its twin's ∂z is 0.
 */
function beforeActivation(layer: Activation, { estimate, twin, sigma: sigmaFound, errors }: Known): Known {
  const sigmaA = sigmaFound.map((s) => Math.max(s, LEAST_SIGMA)), margins = sigmaA.map((s) => Math.min(s, 0.25));
  const shape = layer.inShape;
  const inverse = ({ value, grad }: ValueAndGradient): ValueAndGradient => {
    const z = inverseOf(layer.f, value, margins);
    layer.forward(z);
    return { value: z, grad: { shape, data: layer.backward(grad).data.slice() } };
  };
  const twinZ = inverse(twin), estimateZ = inverse(estimate); // the estimate last, so that f′ below is taken at its z
  const slope = layer.backward(view(new Float64Array(sigmaA.length).fill(1), shape)).data;
  const isKnown = Array.from(sigmaA, (s, i) => s / slope[i] <= SATURATED);
  const rounding = errors.relative * rms(estimateZ.value.data.filter((_, i) => isKnown[i]));
  isKnown.forEach((known, i) => {
    if (!known) twinZ.grad.data[i] = 0;
  });
  const sigma = sigmaA.map((s, i) => (isKnown[i] ? hypotenuse(s / slope[i], rounding) : Infinity));
  return { estimate: estimateZ, twin: twinZ, sigma, errors };
}

/**
 * x of { W P = z − b, ∂z Pᵀ = ∂W }, and ∂x = Wᵀ ∂z.
 *
 * Conjugate gradients end once the last ten steps gained less than a hundredth of the square that chance moves one unknown
 * by. For equations divided by σ that is s², or 1 if s is smaller; further steps would fit x to the errors.
 *
 * The error is 1 if the equations do not see all of ξ: then the trace exceeds n / s², or has not converged after the
 * largest number of steps. It is also 1 if all equations are 0 = 0, as those of saturated units, and x = 0 solves them.
 */
function beforeWeights(
  layer: Conv2d | Linear, { weight, bias }: WeightAndBias, gradW: Tensor, { estimate, twin, sigma: sigmaZ, errors }: Known,
  random: Random,
): Known & { readonly equations: number; readonly steps: number } {
  const { inShape } = layer, channels = [weight.shape[0], estimate.grad.data.length / weight.shape[0]];
  const deltas = view(estimate.grad.data.map((v, i) => v - twin.grad.data[i]), channels), gradRows = rowsOf(gradW); // δ∂z
  const sigmaW = Float64Array.from(rowsOf(deltas), (delta, o) => hypotenuse(norm2(delta), sigmaOf(errors, rms(gradRows[o]))));
  const A = new InputEquations(layer, weight, estimate.grad, sigmaZ, sigmaW), { m, n, equations } = A;

  const x = zeros(inShape), y = A.rightSide(estimate.value, bias, gradW), maxSteps = maxStepsFor(n);
  const sSquare = (residualSquare: number): number => (equations - n < MIN_SURPLUS ? 1 : residualSquare / (equations - n));
  const isFit = ({ gainOfLastTen, residualSquare }: Progress): boolean =>
    gainOfLastTen < 0.01 * Math.max(1, sSquare(residualSquare));
  const fit = conjugateGradients(A, { b: y }, x.data, isFit, maxSteps), s = Math.sqrt(sSquare(fit.residualSquare));

  const xi = new Float64Array(n).map(() => 2 * random.below(2) - 1);
  const isFound = ({ gradientRatio, gain, gainOfLastN }: Progress): boolean =>
    gradientRatio < SOLVED || (gradientRatio < 1 && gainOfLastN < GROWTH * gain);
  const isOver = (progress: Progress): boolean => isFound(progress) || s * s * progress.gain > n;
  const trace = conjugateGradients(A, { b: new Float64Array(m), c: xi }, new Float64Array(n), isOver, maxSteps);
  const error = isFound(trace) && normInf(y) > 0 ? Math.min(1, s * Math.sqrt(trace.gain / n)) : 1;

  const sigma = new Float64Array(n).fill(error);
  return {
    estimate: { value: x, grad: A.gradX(estimate.grad) },
    twin: { value: view(disturbed(x.data, sigma, random), inShape), grad: A.gradX(twin.grad) },
    sigma,
    errors: { relative: Math.max(errors.relative * s, LEAST_PRECISION), absolute: errors.absolute * s },
    equations,
    steps: fit.steps + trace.steps,
  };
}

/** x + σ N(0, 1) */
function disturbed(x: Float64Array, sigma: Float64Array, random: Random): Float64Array {
  return x.map((v, i) => v + sigma[i] * random.normal());
}

const rms = (x: Float64Array): number => Math.sqrt(dot(x, x) / x.length);
