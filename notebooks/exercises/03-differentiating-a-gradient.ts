/**
 * @file The exercises of chapter 3: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 03`
 * which are right.
 */
import type { Network, ParameterVector, Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/** 1. R{p} for p = softmax(y), pᵢ = e^yᵢ / Σⱼ e^yⱼ, from the logits y and R{y}. */
export const rSoftmax: (y: Float64Array, rY: Float64Array) => Float64Array = yourTurn;

/** 2. H v by the R-passes, H the Hessian of ℓ by θ for this image and class; v is as long as θ. */
export const hessianTimes: (network: Network, image: Tensor, c: number, v: Float64Array) => Float64Array = yourTurn;

/** 3. ∂/∂x′ of Σ qᵢ (∇W′ᵢ − ∇Wᵢ)² at the image x′ with class c; ∇W is `shared`, and q is as long as θ. */
export const imageGradient: (
  network: Network, shared: ParameterVector, q: Float64Array, image: Tensor, c: number,
) => Float64Array = yourTurn;
