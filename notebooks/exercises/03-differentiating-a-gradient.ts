/**
 * @file The exercises of chapter 3. Replace each `yourTurn` by a function. `npm run exercise -- 03` checks your
 * answers.
 */
import type { Network, ParameterVector, Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/** 1. R{p} for p = softmax(y), pᵢ = e^yᵢ / Σⱼ e^yⱼ, from the logits y and R{y}. */
export const rSoftmax: (y: Float64Array, rY: Float64Array) => Float64Array = yourTurn;

/**
 * 2. Jᵀ J u, where J = ∂∇W′/∂x′ at this image with class c, and u has one entry per pixel. Use only R-passes: 12 digits
 * must be correct. Leave θ unchanged.
 */
export const gaussNewton: (network: Network, image: Tensor, c: number, u: Float64Array) => Float64Array = yourTurn;

/** 3. ∂/∂x′ of Σ qᵢ (∇W′ᵢ − ∇Wᵢ)² at the image x′ with class c. ∇W is `shared`; q has one entry per parameter. */
export const imageGradient: (
  network: Network, shared: ParameterVector, q: Float64Array, image: Tensor, c: number,
) => Float64Array = yourTurn;
