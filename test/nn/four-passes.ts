/**
 * @file What every layer must satisfy, whatever it computes; θ, x and ∂ℓ/∂y are random, and so is the direction R.
 *
 *   slope      backward of forward, for x, W and b apart; rForward of forward; rBackward of backward, R{∂ℓ/∂y} ≠ 0
 *   adjoint    ⟨R{y}, v⟩ = ⟨R{θ}, ∂ℓ/∂θ⟩ + ⟨R{x}, ∂ℓ/∂x⟩ where ∂ℓ/∂y = v:  rForward is backward's adjoint
 *              ⟨H u, v⟩ = ⟨u, H v⟩ for the Hessian of ⟨∂ℓ/∂y, y⟩ in (θ, x):  rBackward where R{∂ℓ/∂y} = 0
 *   contract   gradients are added up, R{x} undefined is 0, passes can be run again and leave nothing behind
 */
import * as assert from 'uvu/assert';
import type { Layer } from '../../src/nn/layer.ts';
import { ParameterVector } from '../../src/nn/parameters.ts';
import type { Random } from '../../src/tensor/random.ts';
import { view, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose } from '../check/close.ts';
import { join, normals } from '../check/property.ts';
import { checkJacobian, checkSlope } from '../check/slope.ts';

/** A point (θ, x, ∂ℓ/∂y), or a direction there. */
interface Point {
  readonly theta: ParameterVector;
  readonly x: Tensor;
  readonly gradY: Tensor;
}

const layout = (layer: Layer) => new ParameterVector([{ name: 'layer', shapes: layer.parameterShapes }]);

/** Cuts one vector into a point. */
function pointOf(layer: Layer, z: Float64Array): Point {
  const theta = layout(layer), size = theta.data.length;
  const x = view(z, layer.inShape, size);
  return { theta: theta.like(z.subarray(0, size)), x, gradY: view(z, layer.outShape, size + x.data.length) };
}

/** forward and backward: y, ∂ℓ/∂θ and ∂ℓ/∂x. */
function plain(layer: Layer, { theta, x, gradY }: Point) {
  const [p] = theta.windows, grad = theta.like();
  const y = layer.forward(x, p).data.slice();
  const gradX = layer.backward(gradY, p, grad.windows[0])!.data.slice();
  return { y, gradTheta: grad.data, gradX };
}

/** All four passes: R{y}, R{∂ℓ/∂θ} and R{∂ℓ/∂x} at a point along a direction. */
function differentiated(layer: Layer, at: Point, along: Point, withRX = true) {
  const [p] = at.theta.windows, [rP] = along.theta.windows, rGrad = at.theta.like();
  plain(layer, at);
  const rY = layer.rForward(withRX ? along.x : undefined, p, rP).data.slice();
  const rGradX = layer.rBackward(along.gradY, p, rP, rGrad.windows[0]).data.slice();
  return { rY, rGradTheta: rGrad.data, rGradX };
}

/** Throws where one of the four passes is wrong at x. */
export function checkFourPasses(name: string, layer: Layer, x: Float64Array, random: Random): void {
  const theta = normals(random, layout(layer).data.length);
  const gradY = normals(random, layer.forward(view(x, layer.inShape), layout(layer).windows[0]).data.length);
  const z = join(theta, x, gradY), r = normals(random, z.length);
  checkSlopes(name, layer, z, r, random);
  checkAdjoints(name, layer, join(theta, x), gradY, random);
  checkContract(name, layer, pointOf(layer, z), pointOf(layer, r));
}

function checkSlopes(name: string, layer: Layer, z: Float64Array, r: Float64Array, random: Random): void {
  const at = pointOf(layer, z), gradient = plain(layer, at), R = differentiated(layer, at, pointOf(layer, r));

  // One block of variables at a time, so that a small one is not lost beside a large one. `at` sees z change.
  const blocks = new Map([['x', [at.x.data, gradient.gradX]]]);
  const grads = at.theta.like(gradient.gradTheta).tensors;
  for (const [key, tensor] of at.theta.tensors) blocks.set(key, [tensor.data, grads.get(key)!.data]);
  for (const [key, [values, grad]] of blocks) {
    const was = values.slice();
    const objective = (moved: Float64Array): number => {
      values.set(moved);
      return dot(plain(layer, at).y, at.gradY.data);
    };
    checkSlope(`${name} ∂ ${key}`, objective, was, grad, random);
    values.set(was);
  }

  const passes = (z: Float64Array) => plain(layer, pointOf(layer, z));
  checkJacobian(`${name} R{y}`, (z) => passes(z).y, z, r, R.rY);
  checkJacobian(`${name} R{∂x}`, (z) => passes(z).gradX, z, r, R.rGradX);
  for (const [key, { data }] of at.theta.like(R.rGradTheta).tensors) {
    checkJacobian(`${name} R{∂ ${key}}`, (z) => at.theta.like(passes(z).gradTheta).tensors.get(key)!.data, z, r, data);
  }
}

function checkAdjoints(name: string, layer: Layer, thetaX: Float64Array, gradY: Float64Array, random: Random): void {
  const still = new Float64Array(gradY.length);
  const at = (v: Float64Array): Point => pointOf(layer, join(thetaX, v));
  const along = (u: Float64Array): Point => pointOf(layer, join(u, still));
  const rForward = (u: Float64Array) => differentiated(layer, at(gradY), along(u)).rY;
  const backward = (v: Float64Array) => {
    const { gradTheta, gradX } = plain(layer, at(v));
    return join(gradTheta, gradX);
  };
  checkAdjoint(`${name} rForward, backward`, rForward, backward, thetaX.length, gradY.length, random);
  const hessian = (u: Float64Array) => {
    const { rGradTheta, rGradX } = differentiated(layer, at(gradY), along(u));
    return join(rGradTheta, rGradX);
  };
  checkAdjoint(`${name} Hessian`, hessian, hessian, thetaX.length, thetaX.length, random);
}

function checkContract(name: string, layer: Layer, at: Point, along: Point): void {
  const [p] = at.theta.windows, [rP] = along.theta.windows;
  const { gradTheta, gradX } = plain(layer, at);
  const R = differentiated(layer, at, along);
  const checkSame = (what: string, got: typeof R, expected: typeof R): void => {
    checkClose(`${name} ${what}`, join(...Object.values(got)), join(...Object.values(expected)), 0);
  };
  checkSame('run again', differentiated(layer, at, along), R);
  const still = differentiated(layer, at, { ...along, x: zeros(layer.inShape) });
  differentiated(layer, at, along); // an R{x} to be forgotten
  checkSame('without rX', differentiated(layer, at, along, false), still);

  differentiated(layer, at, along);
  checkClose(`${name} without rGrad`, layer.rBackward(along.gradY, p, rP).data, R.rGradX, 0);
  const ones = (): ParameterVector => at.theta.like(gradTheta.map(() => 1));
  const grad = ones(), rGrad = ones();
  const wanted = layer.backward(at.gradY, p, grad.windows[0], true)!;
  checkClose(`${name} wantGradX`, wanted.data, gradX, 0);
  layer.rBackward(along.gradY, p, rP, rGrad.windows[0]);
  checkClose(`${name} adds into grad`, grad.data, gradTheta.map((g) => 1 + g), 1e-14);
  checkClose(`${name} adds into rGrad`, rGrad.data, R.rGradTheta.map((g) => 1 + g), 1e-14);
  assert.equal(layer.backward(at.gradY, p, at.theta.like().windows[0], true)!.shape, layer.inShape);
}
