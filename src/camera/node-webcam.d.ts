/** The part of node-webcam that is used here; the package brings no declarations. */
declare module 'node-webcam' {
  interface FsWebcam {
    /** The command line of one shot, as text; `-` writes the picture to stdout. */
    generateSh(location: string): string;
  }
  interface FsWebcamOptions {
    device: string;
    width: number;
    height: number;
    /** Percent. */
    quality: number;
    output: 'jpeg';
    /** Frames to let pass before the shot. */
    skip: number;
    verbose: boolean;
  }
  const nodeWebcam: { FSWebcam: new (options: FsWebcamOptions) => FsWebcam };
  export = nodeWebcam;
}
