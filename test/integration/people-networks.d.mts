import type { InferenceSession } from 'onnxruntime-node';
import type { RgbImage } from '#built/domain/image.js';

export interface Networks {
  readonly detector: InferenceSession;
  readonly landmarks: InferenceSession;
  readonly recognition: InferenceSession;
}

export interface Box {
  readonly score: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Look {
  readonly score: number;
  readonly box: Box;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly embedding: Float64Array;
}

export function loadNetworks(): Promise<Networks>;
export function detect(networks: Networks, image: RgbImage): Promise<Box>;
export function lookAt(networks: Networks, image: RgbImage): Promise<Look>;
export function lookAtCard(networks: Networks, image: RgbImage): Promise<Look>;
export function distance(a: Float64Array, b: Float64Array): number;
