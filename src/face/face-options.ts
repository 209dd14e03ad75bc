export interface FaceOptions {
  readonly engine: 'auto' | 'onnx' | 'tfjs';
  /** Addresses of the engines' drivers; they are loaded inside the face's own thread. */
  readonly engines: { readonly onnx: URL; readonly tfjs: URL };
  /** Holds `manifest.json` and `build/`. */
  readonly modelsDirectory: string;
  /** Where it is remembered which engine runs on this processor. */
  readonly stateDirectory?: string;
  /** Where model packs are installed. */
  readonly packsDirectory?: string;
  /** JWK Set of those who may sign packs; where it is given, packs that they did not sign are refused. */
  readonly packSigners?: string;
}
