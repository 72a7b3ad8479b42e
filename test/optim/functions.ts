/**
 * @file Objectives to try optimisers on, and to count what they ask.
 */
import type { Objective } from '../../src/optim/optimizer.ts';

/** f(x) = Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²: a bent valley whose floor leads to (1, …, 1). */
export const rosenbrock: Objective = (x, gradient) => {
  let f = 0;
  gradient.fill(0);
  for (let i = 0; i + 1 < x.length; i++) {
    const across = x[i + 1] - x[i] * x[i], along = 1 - x[i];
    f += 100 * across * across + along * along;
    gradient[i] -= 400 * x[i] * across + 2 * along;
    gradient[i + 1] += 200 * across;
  }
  return f;
};

/** f(x) = ½ Σ cᵢ (xᵢ − mᵢ)² */
export function quadratic(curvatures: ArrayLike<number>, minimum: ArrayLike<number>): Objective {
  return (x, gradient) => {
    for (let i = 0; i < x.length; i++) gradient[i] = curvatures[i] * (x[i] - minimum[i]);
    let f = 0;
    for (let i = 0; i < x.length; i++) f += (gradient[i] * (x[i] - minimum[i])) / 2;
    return f;
  };
}

/** The objective, and how often it was asked. */
export function counted(objective: Objective): { readonly objective: Objective; calls: number } {
  const counter = {
    calls: 0,
    objective: (x: Float64Array, gradient: Float64Array): number => {
      counter.calls++;
      return objective(x, gradient);
    },
  };
  return counter;
}
