/**
 * @file Multi-head self-attention: each token t takes a weighted mean over the tokens j that it sees. These are all
 * tokens; in a causal layer, those up to t. Each head works on width = d/heads columns of Q, K and V. The formulas are
 * those of one head of one sample, with rows qₜ, kⱼ, vⱼ and oₜ. Σⱼ runs over the tokens that t sees, Σₜ over those that
 * see j, and κ = 1/√width. The softmax and its derivative act on each row A[t,·].
 *
 *   forward     Q, K, V  = query(x), key(x), value(x)
 *               S[t,j]   = κ ⟨qₜ, kⱼ⟩,   A = softmax(S),   oₜ = Σⱼ A[t,j] vⱼ
 *               y        = output(O)
 *   backward    ∂A[t,j]  = ⟨∂oₜ, vⱼ⟩,   ∂S = A ⊙ (∂A − ⟨A, ∂A⟩)
 *               ∂qₜ      = κ Σⱼ ∂S[t,j] kⱼ,   ∂kⱼ = κ Σₜ ∂S[t,j] qₜ,   ∂vⱼ = Σₜ A[t,j] ∂oₜ
 *               ∂x       = the sum of the ∂x of query, key and value
 *   rForward    R{S}     = κ (⟨R{qₜ}, kⱼ⟩ + ⟨qₜ, R{kⱼ}⟩),   R{A} = A ⊙ (R{S} − ⟨A, R{S}⟩)
 *               R{oₜ}    = Σⱼ R{A} vⱼ + A R{vⱼ}
 *   rBackward   R{∂A}    = ⟨R{∂oₜ}, vⱼ⟩ + ⟨∂oₜ, R{vⱼ}⟩
 *               R{∂S}    = A ⊙ (R{∂A} − ⟨A, R{∂A}⟩) + R{A} ⊙ (∂A − ⟨A, ∂A⟩) − A ⟨R{A}, ∂A⟩
 *               R{∂qₜ}   = κ Σⱼ R{∂S} kⱼ + ∂S R{kⱼ},   R{∂kⱼ} = κ Σₜ R{∂S} qₜ + ∂S R{qₜ}
 *               R{∂vⱼ}   = Σₜ R{A} ∂oₜ + A R{∂oₜ}
 *
 * x, y, Q, K, V, O [batch, tokens, d]. query, key, value and output are linear layers, so there are eight parameters:
 * query.weight [d, d], query.bias [d], and so on. PyTorch's MultiheadAttention keeps the first three layers as one,
 * in_proj_weight [3d, d], and calls the last out_proj. Source: A. Vaswani et al., "Attention Is All You Need" (2017).
 */
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { Linear, type WeightAndBias } from '../nn/linear.ts';
import { softmax, softmaxBackward } from '../nn/softmax-cross-entropy.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import { dot } from '../tensor/vector.ts';

export interface SelfAttentionOptions {
  /** [batch, tokens, d] */
  readonly inShape: readonly number[];
  /** Heads, a divisor of d. */
  readonly heads: number;
  /** Whether a token sees only the tokens up to itself; default: false. */
  readonly causal?: boolean;
}

export interface AttentionParameters {
  readonly query: WeightAndBias;
  readonly key: WeightAndBias;
  readonly value: WeightAndBias;
  readonly output: WeightAndBias;
}

/** One token t in one head of one sample. Its rows of A, ∂A, ∂S, R{A} and R{∂S} have an entry per token that t sees. */
interface Row {
  /** Where qₜ begins in Q; oₜ begins there in O. */
  readonly t: number;
  /** Where kⱼ begins in K, and vⱼ in V, for each j that t sees. */
  readonly seen: readonly number[];
  readonly A: Float64Array;
  readonly gradA: Float64Array;
  readonly gradS: Float64Array;
  readonly rA: Float64Array;
  readonly rGradS: Float64Array;
}

export class SelfAttention implements Layer<AttentionParameters> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly #query: Linear;
  readonly #key: Linear;
  readonly #value: Linear;
  readonly #output: Linear;
  readonly #width: number;
  readonly #rows: readonly Row[];
  readonly #O: Tensor;
  readonly #rO: Tensor;
  readonly #gradQKV: readonly Tensor[];
  readonly #rGradQKV: readonly Tensor[];
  readonly #gradX: Tensor;
  readonly #rGradX: Tensor;
  /** Q, K, V of the last forward; R{Q}, R{K}, R{V} of the last rForward; ∂O of the last backward. */
  #QKV: readonly Float64Array[] = [];
  #rQKV: readonly Float64Array[] = [];
  #gradO: Float64Array = new Float64Array(0);

  /** @throws {RangeError} if x does not have three dimensions, or d is not a multiple of `heads`. */
  constructor({ inShape, heads, causal = false }: SelfAttentionOptions) {
    const [batch, tokens, d] = inShape, width = d / heads;
    if (inShape.length !== 3) throw new RangeError(`SelfAttention x: expected 3 dimensions, got shape [${inShape}]`);
    if (!(heads >= 1 && Number.isInteger(heads) && Number.isInteger(width))) {
      throw new RangeError(`SelfAttention heads: expected a divisor of ${d}, got ${heads}`);
    }
    const linear = (): Linear => new Linear({ inShape, out: d });
    [this.#query, this.#key, this.#value, this.#output] = [linear(), linear(), linear(), linear()];
    const { parameterShapes } = this.#query;
    this.inShape = this.outShape = inShape;
    this.parameterShapes = {
      query: parameterShapes, key: parameterShapes, value: parameterShapes, output: parameterShapes,
    };
    this.#width = width;
    const rows: Row[] = [];
    for (let n = 0; n < batch; n++)
      for (let h = 0; h < heads; h++) {
        const begins = Array.from({ length: tokens }, (_, t) => (n * tokens + t) * d + h * width);
        begins.forEach((begin, t) => {
          const seen = causal ? begins.slice(0, t + 1) : begins;
          const [A, gradA, gradS, rA, rGradS] = [1, 2, 3, 4, 5].map(() => new Float64Array(seen.length));
          rows.push({ t: begin, seen, A, gradA, gradS, rA, rGradS });
        });
      }
    this.#rows = rows;
    [this.#O, this.#rO, this.#gradX, this.#rGradX] = [1, 2, 3, 4].map(() => zeros(inShape));
    this.#gradQKV = [1, 2, 3].map(() => zeros(inShape));
    this.#rGradQKV = [1, 2, 3].map(() => zeros(inShape));
  }

  /** A = softmax(κ Q Kᵀ), O = A V; y = output(O) */
  forward(x: Tensor, p: AttentionParameters): Tensor {
    expectShape('SelfAttention x', x, this.inShape);
    const Q = this.#query.forward(x, p.query).data;
    const K = this.#key.forward(x, p.key).data;
    const V = this.#value.forward(x, p.value).data;
    const O = this.#O.data.fill(0), width = this.#width, kappa = 1 / Math.sqrt(width);
    this.#QKV = [Q, K, V];
    for (const { t, seen, A } of this.#rows) {
      for (let j = 0; j < seen.length; j++) {
        A[j] = 0;
        for (let c = 0; c < width; c++) A[j] += kappa * Q[t + c] * K[seen[j] + c];
      }
      softmax(A, A);
      for (let j = 0; j < seen.length; j++)
        for (let c = 0; c < width; c++) O[t + c] += A[j] * V[seen[j] + c];
    }
    return this.#output.forward(this.#O, p.output);
  }

  /** ∂A = ∂O Vᵀ, ∂S = A ⊙ (∂A − ⟨A, ∂A⟩); ∂Q = κ ∂S K, ∂K = κ ∂Sᵀ Q, ∂V = Aᵀ ∂O */
  backward(gradY: Tensor, p: AttentionParameters, grad: AttentionParameters): Tensor {
    expectShape('SelfAttention gradY', gradY, this.outShape);
    const gradO = this.#gradO = this.#output.backward(gradY, p.output, grad.output).data;
    const [Q, K, V] = this.#QKV, [gradQ, gradK, gradV] = this.#gradQKV.map(({ data }) => data.fill(0));
    const width = this.#width, kappa = 1 / Math.sqrt(width);
    for (const { t, seen, A, gradA, gradS } of this.#rows) {
      for (let j = 0; j < seen.length; j++) {
        gradA[j] = 0;
        for (let c = 0; c < width; c++) gradA[j] += gradO[t + c] * V[seen[j] + c];
      }
      softmaxBackward(A, gradA, gradS);
      for (let j = 0; j < seen.length; j++)
        for (let c = 0; c < width; c++) {
          gradQ[t + c] += kappa * gradS[j] * K[seen[j] + c];
          gradK[seen[j] + c] += kappa * gradS[j] * Q[t + c];
          gradV[seen[j] + c] += A[j] * gradO[t + c];
        }
    }
    return sumOf([
      this.#query.backward(this.#gradQKV[0], p.query, grad.query),
      this.#key.backward(this.#gradQKV[1], p.key, grad.key),
      this.#value.backward(this.#gradQKV[2], p.value, grad.value),
    ], this.#gradX);
  }

  /** R{S} = κ (R{Q} Kᵀ + Q R{K}ᵀ), R{A} = A ⊙ (R{S} − ⟨A, R{S}⟩), R{O} = R{A} V + A R{V}; R{y} = R{output(O)} */
  rForward(rX: Tensor, p: AttentionParameters, rP: AttentionParameters): Tensor {
    expectShape('SelfAttention rX', rX, this.inShape);
    const rQ = this.#query.rForward(rX, p.query, rP.query).data;
    const rK = this.#key.rForward(rX, p.key, rP.key).data;
    const rV = this.#value.rForward(rX, p.value, rP.value).data;
    const [Q, K, V] = this.#QKV, rO = this.#rO.data.fill(0), width = this.#width, kappa = 1 / Math.sqrt(width);
    this.#rQKV = [rQ, rK, rV];
    for (const { t, seen, A, rA } of this.#rows) {
      for (let j = 0; j < seen.length; j++) {
        rA[j] = 0; // R{S} first
        for (let c = 0; c < width; c++) rA[j] += kappa * (rQ[t + c] * K[seen[j] + c] + Q[t + c] * rK[seen[j] + c]);
      }
      softmaxBackward(A, rA, rA); // softmax's Jacobian is symmetric, so forward mode has the same formula
      for (let j = 0; j < seen.length; j++)
        for (let c = 0; c < width; c++) rO[t + c] += rA[j] * V[seen[j] + c] + A[j] * rV[seen[j] + c];
    }
    return this.#output.rForward(this.#rO, p.output, rP.output);
  }

  /** R{∂A}, R{∂S}, R{∂Q} = κ (R{∂S} K + ∂S R{K}), R{∂K} = κ (R{∂S}ᵀ Q + ∂Sᵀ R{Q}), R{∂V} = R{A}ᵀ ∂O + Aᵀ R{∂O} */
  rBackward(rGradY: Tensor, p: AttentionParameters, rP: AttentionParameters, rGrad?: AttentionParameters): Tensor {
    expectShape('SelfAttention rGradY', rGradY, this.outShape);
    const rGradO = this.#output.rBackward(rGradY, p.output, rP.output, rGrad?.output).data, gradO = this.#gradO;
    const [Q, K, V] = this.#QKV, [rQ, rK, rV] = this.#rQKV;
    const [rGradQ, rGradK, rGradV] = this.#rGradQKV.map(({ data }) => data.fill(0));
    const width = this.#width, kappa = 1 / Math.sqrt(width);
    for (const { t, seen, A, gradA, gradS, rA, rGradS } of this.#rows) {
      for (let j = 0; j < seen.length; j++) {
        rGradS[j] = 0; // R{∂A} first
        for (let c = 0; c < width; c++) rGradS[j] += rGradO[t + c] * V[seen[j] + c] + gradO[t + c] * rV[seen[j] + c];
      }
      softmaxBackward(A, rGradS, rGradS);
      const mean = dot(A, gradA), rMean = dot(rA, gradA);
      for (let j = 0; j < seen.length; j++) rGradS[j] += rA[j] * (gradA[j] - mean) - A[j] * rMean;
      for (let j = 0; j < seen.length; j++)
        for (let c = 0; c < width; c++) {
          rGradQ[t + c] += kappa * (rGradS[j] * K[seen[j] + c] + gradS[j] * rK[seen[j] + c]);
          rGradK[seen[j] + c] += kappa * (rGradS[j] * Q[t + c] + gradS[j] * rQ[t + c]);
          rGradV[seen[j] + c] += rA[j] * gradO[t + c] + A[j] * rGradO[t + c];
        }
    }
    return sumOf([
      this.#query.rBackward(this.#rGradQKV[0], p.query, rP.query, rGrad?.query),
      this.#key.rBackward(this.#rGradQKV[1], p.key, rP.key, rGrad?.key),
      this.#value.rBackward(this.#rGradQKV[2], p.value, rP.value, rGrad?.value),
    ], this.#rGradX);
  }
}

/** c ← Σ of the tensors */
function sumOf(tensors: readonly Tensor[], c: Tensor): Tensor {
  c.data.fill(0);
  for (const { data } of tensors) for (let i = 0; i < data.length; i++) c.data[i] += data[i];
  return c;
}
