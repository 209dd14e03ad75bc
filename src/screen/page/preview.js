/** Between two pictures: the camera gives about ten a second. */
const PAUSE_MS = 70;

/** Draws the camera's newest picture, mirrored, until stopped; then nothing of it is left on the page. */
export function playPreview(canvas) {
  const context = canvas.getContext('2d');
  let playing = true;

  const draw = async () => {
    const response = await fetch('/preview');
    if (response.status !== 200) return;
    const picture = await createImageBitmap(await response.blob());
    if (playing) {
      if (canvas.width !== picture.width || canvas.height !== picture.height) {
        canvas.width = picture.width;
        canvas.height = picture.height;
      }
      context.setTransform(-1, 0, 0, 1, canvas.width, 0);
      context.drawImage(picture, 0, 0);
      canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1);
    }
    picture.close();
  };
  const play = async () => {
    while (playing) {
      // A picture that cannot be had or read is left out; the next one comes at once.
      await draw().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  play();
  return {
    stop() {
      playing = false;
      // Setting the size wipes the canvas.
      canvas.width = 0;
    },
  };
}
