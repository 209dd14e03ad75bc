const SECTOR = 512;

/**
 * What a disk may hold after the power went. Three models of what becomes of writes that were not yet synced:
 *
 * - `prefix`: of each file an ordered beginning of them survives
 * - `drop`: each survives or not, by itself
 * - `strict`: each survives, is lost, survives in some sectors only, or leaves garbage in the sectors it touched
 *
 * Names (creation, renaming, removal) survive as an ordered beginning; a sync of the directory makes them durable, and
 * a sync of a file that file's own name.
 */
export class Disk {
  #files = [];
  #names = new Map();
  #changes = [];
  #durableChanges = 0;

  apply(operation) {
    const { type, path, began } = operation;
    if (type === 'create') {
      if (!this.#names.has(path)) this.#newFile(path);
      else if (operation.truncates) this.#fileAt(path).pending.push({ truncate: 0, ended: operation.ended });
      if (operation.truncates) this.#fileAt(path).size = 0;
    } else if (type === 'write') {
      const file = this.#fileAt(path);
      const offset = operation.offset ?? file.size;
      file.size = Math.max(file.size, offset + operation.bytes.length);
      file.pending.push({ offset, bytes: operation.bytes, ended: operation.ended });
    } else if (type === 'truncate') {
      const file = this.#fileAt(path);
      file.size = operation.length;
      file.pending.push({ truncate: operation.length, ended: operation.ended });
    } else if (type === 'rename') {
      this.#names.set(operation.to, this.#fileAt(path));
      this.#names.delete(path);
      this.#changes.push({ from: path, to: operation.to });
    } else if (type === 'unlink') {
      this.#names.delete(path);
      this.#changes.push({ gone: path });
    } else if (type === 'sync') this.#sync(path, began);
  }

  #newFile(path) {
    const file = { durable: Buffer.alloc(0), pending: [], size: 0 };
    this.#files.push(file);
    this.#names.set(path, file);
    this.#changes.push({ made: path, file });
    return file;
  }

  #fileAt(path) {
    return this.#names.get(path) ?? this.#newFile(path);
  }

  #sync(path, began) {
    const file = this.#names.get(path);
    if (file === undefined) {
      // A directory: all its names so far.
      this.#durableChanges = this.#changes.length;
      return;
    }
    const covered = file.pending.filter(({ ended }) => ended < began);
    file.pending = file.pending.filter(({ ended }) => ended >= began);
    file.durable = covered.reduce(applied, file.durable);
    const named = this.#changes.findLastIndex((each) => each.file === file);
    this.#durableChanges = Math.max(this.#durableChanges, named + 1);
  }

  /** One of the states that a cut at this moment may leave: path → content. */
  afterCut(model, random) {
    const content = new Map();
    for (const file of this.#files) content.set(file, survivors(file, model, random));
    const names = new Map();
    const count = random.between(this.#durableChanges, this.#changes.length + 1);
    for (const { made, file, from, to, gone } of this.#changes.slice(0, count)) {
      if (made !== undefined) names.set(made, file);
      else if (gone !== undefined) names.delete(gone);
      else {
        names.set(to, names.get(from));
        names.delete(from);
      }
    }
    return new Map([...names].map(([path, file]) => [path, content.get(file)]));
  }
}

function survivors({ durable, pending }, model, random) {
  if (pending.length === 0) return durable;
  if (model === 'prefix')
    return pending.slice(0, random.between(0, pending.length + 1)).reduce(applied, durable);
  return pending.reduce((content, each) => {
    const fate =
      model === 'drop'
        ? random.pick(['whole', 'lost'])
        : random.pick(['whole', 'whole', 'lost', 'lost', 'torn', 'garbage']);
    if (fate === 'lost') return content;
    if (fate === 'whole' || each.truncate !== undefined) return applied(content, each);
    return fate === 'torn' ? torn(content, each, random) : garbage(content, each, random);
  }, durable);
}

function applied(content, { truncate, offset, bytes }) {
  if (truncate !== undefined) {
    if (truncate <= content.length) return content.subarray(0, truncate);
    return Buffer.concat([content, Buffer.alloc(truncate - content.length)]);
  }
  const result = Buffer.alloc(Math.max(content.length, offset + bytes.length));
  content.copy(result);
  bytes.copy(result, offset);
  return result;
}

function torn(content, { offset, bytes }, random) {
  let result = content;
  for (let at = 0; at < bytes.length; at += SECTOR) {
    if (random.chance(0.5))
      result = applied(result, { offset: offset + at, bytes: bytes.subarray(at, at + SECTOR) });
  }
  return result;
}

/** Also what lay in the same sectors before is lost: cheap cards rewrite whole sectors. */
function garbage(content, { offset, bytes }, random) {
  const from = Math.floor(offset / SECTOR) * SECTOR;
  const to = Math.ceil((offset + bytes.length) / SECTOR) * SECTOR;
  return applied(content, { offset: from, bytes: random.bytes(to - from) });
}
