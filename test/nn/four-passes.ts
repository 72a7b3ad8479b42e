/**
 * @file What every layer must satisfy, whatever it computes; θ, x and ∂ℓ/∂y are random, and so is the direction R.
 *
 *   slope      backward of forward, for x and each parameter apart; rForward of forward; rBackward of backward, where
 *              R{∂y} ≠ 0
 *   adjoint    ⟨R{y}, v⟩ = ⟨R{θ}, ∂θ⟩ + ⟨R{x}, ∂x⟩ where ∂y = v:  rForward is backward's adjoint
 *              ⟨H u, v⟩ = ⟨u, H v⟩ for the Hessian of ⟨∂y, y⟩ in (θ, x):  rBackward where R{∂y} = 0
 *   contract   gradients are added up, arguments are not changed, passes can be run again and leave nothing behind
 */
import * as assert from 'uvu/assert';
import type { Layer } from '../../src/nn/layer.ts';
import { ParameterVector } from '../../src/nn/parameters.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, view, type Tensor } from '../../src/tensor/tensor.ts';
import { dot, normInf } from '../../src/tensor/vector.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { join, normals } from '../check/property.ts';
import { checkJacobian, checkSlope } from '../check/slope.ts';

/** A point (θ, x, ∂ℓ/∂y), or a direction there. */
interface Point {
  readonly theta: ParameterVector;
  readonly x: Tensor;
  readonly gradY: Tensor;
}

/** A vector of the layer's parameters, zeros. */
export const parametersOf = (layer: Layer): ParameterVector => new ParameterVector(layer.parameterShapes);

/** Cuts one vector into a point. */
function pointOf(layer: Layer, z: Float64Array): Point {
  const theta = parametersOf(layer), size = theta.data.length;
  const x = view(z, layer.inShape, size);
  return { theta: theta.like(z.subarray(0, size)), x, gradY: view(z, layer.outShape, size + x.data.length) };
}

/** forward and backward: y, ∂θ and ∂x. */
function plain(layer: Layer, { theta, x, gradY }: Point) {
  const grad = theta.like();
  const y = layer.forward(x, theta.tree).data.slice();
  const gradX = layer.backward(gradY, theta.tree, grad.tree).data.slice();
  return { y, gradTheta: grad.data, gradX };
}

/** All four passes: R{y}, R{∂θ} and R{∂x} at a point along a direction. */
function differentiated(layer: Layer, at: Point, along: Point) {
  const rGrad = at.theta.like();
  plain(layer, at);
  const rY = layer.rForward(along.x, at.theta.tree, along.theta.tree).data.slice();
  const rGradX = layer.rBackward(along.gradY, at.theta.tree, along.theta.tree, rGrad.tree).data.slice();
  return { rY, rGradTheta: rGrad.data, rGradX };
}

/**
 * Throws if one of the four passes is wrong at x.
 * @param flat names of parameters on which y does not depend, such as a bias before a batch normalisation: all that is
 *   left of their derivatives are rounding errors.
 */
export function checkFourPasses(
  name: string, layer: Layer, x: Float64Array, random: Random, flat: readonly string[] = [],
): void {
  const theta = normals(random, parametersOf(layer).data.length);
  const gradY = normals(random, sizeOf(layer.outShape));
  const z = join(theta, x, gradY), r = normals(random, z.length);
  checkSlopes(name, layer, z, r, random, flat);
  checkAdjoints(name, layer, join(theta, x), gradY, random);
  checkContract(name, layer, pointOf(layer, z), pointOf(layer, r));
}

function checkSlopes(
  name: string, layer: Layer, z: Float64Array, r: Float64Array, random: Random, flat: readonly string[],
): void {
  const at = pointOf(layer, z), gradient = plain(layer, at), R = differentiated(layer, at, pointOf(layer, r));

  // One block of variables at a time, so that a small one is not lost beside a large one. `at` sees z change.
  const blocks = new Map([['x', [at.x.data, gradient.gradX]]]);
  const grads = at.theta.like(gradient.gradTheta).tensors;
  for (const [key, tensor] of at.theta.tensors) blocks.set(key, [tensor.data, grads.get(key)!.data]);
  for (const key of flat) {
    for (const gradTheta of [gradient.gradTheta, R.rGradTheta]) {
      const size = normInf(at.theta.like(gradTheta).tensors.get(key)!.data);
      expectWithin(`${name} ∂ ${key}, on which y does not depend`, size, 0, normInf(gradTheta), 1e-12);
    }
  }
  for (const [key, [values, grad]] of blocks) {
    if (flat.includes(key)) continue;
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
    if (flat.includes(key)) continue;
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
  const p = at.theta.tree, rP = along.theta.tree;
  const given = [at, along].flatMap(({ theta, x, gradY }) => [theta, x, gradY]);
  const before = join(...given.map(({ data }) => data));
  const { gradTheta, gradX } = plain(layer, at), R = differentiated(layer, at, along);
  assert.equal(layer.forward(at.x, p).shape, layer.outShape, `${name}: shape of y`);
  assert.equal(layer.backward(at.gradY, p, at.theta.like().tree).shape, layer.inShape, `${name}: shape of ∂x`);
  assert.equal(layer.rForward(along.x, p, rP).shape, layer.outShape, `${name}: shape of R{y}`);
  assert.equal(layer.rBackward(along.gradY, p, rP).shape, layer.inShape, `${name}: shape of R{∂x}`);

  const again = differentiated(layer, at, along);
  checkClose(`${name} run again`, join(...Object.values(again)), join(...Object.values(R)), 0);
  checkClose(`${name} without rGrad`, layer.rBackward(along.gradY, p, rP).data, R.rGradX, 0);
  const ones = (): ParameterVector => at.theta.like(gradTheta.map(() => 1));
  const grad = ones(), rGrad = ones();
  checkClose(`${name} ∂x again`, layer.backward(at.gradY, p, grad.tree).data, gradX, 0);
  layer.rForward(along.x, p, rP);
  layer.rBackward(along.gradY, p, rP, rGrad.tree);
  checkClose(`${name} adds into grad`, grad.data, gradTheta.map((g) => 1 + g), 1e-14);
  checkClose(`${name} adds into rGrad`, rGrad.data, R.rGradTheta.map((g) => 1 + g), 1e-14);
  checkClose(`${name} leaves its arguments as they are`, join(...given.map(({ data }) => data)), before, 0);
}
