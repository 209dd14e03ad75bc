import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readList } from '#built/face/evaluate/read-list.js';

describe('a list', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evaluate-list-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const read = async (text: string) => {
    const file = join(folder, 'list.csv');
    await writeFile(file, text);
    return readList(file);
  };

  it('of pairs: paths relative to it, quoted names, a byte order mark, Windows line ends', async () => {
    const list = await read(
      '\ufeffProbe,reference,genuine,group\r\n"a, b.jpg",c.jpg,1,x\r\n\r\nc.jpg,sub/d.jpg,FALSE,\r\n',
    );
    expect(list.samples.map(({ file }) => file)).toEqual(['a, b.jpg', 'c.jpg', 'sub/d.jpg']);
    expect(list.samples[2]?.path).toBe(join(folder, 'sub/d.jpg'));
    expect(list.groups).toEqual(['x', 'all']);
    const { probe, reference, genuine, group } = list.pairs ?? {};
    expect([probe, reference, genuine, group].map((column) => [...(column ?? [])])).toEqual([
      [0, 1],
      [1, 2],
      [1, 0],
      [0, 1],
    ]);
  });

  it('of files: people, groups, roles; columns it does not know are named', async () => {
    const list = await read('file,identity,role,age\na.jpg,p1,live,20\nb.jpg,p1,card,21\nc.jpg,p2,,22\n');
    expect(list.pairs).toBeUndefined();
    expect(list.remarks).toEqual(['Columns that mean nothing here: age']);
    expect(list.samples.map(({ identity, role }) => [identity, role])).toEqual([
      [0, 'live'],
      [0, 'card'],
      [1, undefined],
    ]);
  });

  it('of pairs in the words of a data set, with semicolons and as Windows saves it', async () => {
    const list = await read(
      '\ufeffImage 1;image2;Is-Same;race\r\na,b.jpg;c.jpg;Yes;x\r\nc.jpg;d;d.jpg;no;x\r\n',
    ).catch((fault: unknown) => fault);
    expect(list).toMatchObject({ details: { line: 3 } });
    const { pairs, samples, remarks } = await read(
      '\ufeffImage 1;image2;Is-Same;race\r\n"a;b.jpg";c.jpg;Yes;x\r\nc.jpg;d,d.jpg;no;x\r\n',
    );
    expect(samples.map(({ file }) => file)).toEqual(['a;b.jpg', 'c.jpg', 'd,d.jpg']);
    expect([...(pairs?.genuine ?? [])]).toEqual([1, 0]);
    expect(remarks).toEqual([
      'Columns taken: image 1 as probe, image2 as reference, is-same as genuine, race as group',
    ]);
  });

  it('in the words of other programs: roles in capitals, numbers with a point, live beside card', async () => {
    const { samples } = await read('FilePath,Name,Role\na.jpg,p,Live\nb.jpg,p,CARD\n');
    expect(samples.map(({ role }) => role)).toEqual(['live', 'card']);
    const { pairs, groups } = await read('Live,Card,Label,Cohort\na,b,1.0,x\na,c,0.0,x\na,d,Imposter,x\n');
    expect([...(pairs?.genuine ?? [])]).toEqual([1, 0, 0]);
    expect(groups).toEqual(['x']);
  });

  it('may say the same twice, which is told', async () => {
    const { samples, remarks } = await read('path\tlabel\na.jpg\tp\n./a.jpg\tp\nb.jpg\tq\n');
    expect(samples.map(({ file, identity }) => [file, identity])).toEqual([
      ['a.jpg', 0],
      ['b.jpg', 1],
    ]);
    expect(remarks).toContain('Rows that say again what others said: 1');
  });

  it('can be a folder of people, in groups or not', async () => {
    const root = join(folder, 'set');
    for (const file of [
      'x/0001/b.jpg',
      'x/0001/a.PNG',
      'y/0001/ü, 1.webp',
      'x/.DS_Store',
      'readme.txt',
      'x/0001/a.txt',
    ]) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), '');
    }
    const { groups, samples, remarks } = await readList(root);
    expect(groups).toEqual(['x', 'y']);
    expect(samples.map(({ file, identity, group }) => [file, identity, group])).toEqual([
      ['x/0001/a.PNG', 0, 0],
      ['x/0001/b.jpg', 0, 0],
      ['y/0001/ü, 1.webp', 1, 1],
    ]);
    expect(samples[0]?.path).toBe(join(root, 'x/0001/a.PNG'));
    expect(remarks).toEqual(["Files that are no picture in a person's folder: 2"]);
    const people = await readList(join(root, 'x'));
    expect([people.groups, people.samples.length]).toEqual([['all'], 2]);
    await expect(readList(join(root, 'x/0001'))).rejects.toMatchObject({ code: 'EVALUATE_LIST_INVALID' });
  });

  it.each([
    ['neither kind of header', 'a,b\n1,2\n', 1, 'the header (a,b) names neither'],
    ['a word for genuine', 'probe,reference,genuine\na,b,1\na,c,maybe\n', 3, 'genuine'],
    ['a missing field', 'probe,reference,genuine\na,b,1\na,c\n', 3, 'columns'],
    ['an empty file name', 'file,identity\n,p\n', 2, 'file'],
    ['nobody', 'file,identity\na.jpg,\n', 2, 'identity'],
    ['an unknown role', 'file,identity,role\na.jpg,p,both\n', 2, 'role'],
    ['a file twice', 'file,identity\na.jpg,p\n./a.jpg,q\n', 3, 'twice'],
    ['a person in two groups', 'file,identity,group\na.jpg,p,x\nb.jpg,p,y\n', 3, 'two groups'],
    ['a picture against itself', 'probe,reference,genuine\na,a,1\n', 2, 'itself; leave'],
    ['a quote that does not end', 'file,identity\na.jpg,p\n"b.jpg,p\n', undefined, 'quote'],
  ])('with %s is refused, with its line', async (_what, text, line, problem) => {
    const error = await read(text).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code: 'EVALUATE_LIST_INVALID', cure: 'technician' });
    const { details } = error as { details: { line?: number; problem: string } };
    if (line !== undefined) expect(details.line).toBe(line);
    expect(details.problem).toContain(problem);
  });

  it('that is empty or not there is refused', async () => {
    await expect(read('')).rejects.toMatchObject({ code: 'EVALUATE_LIST_INVALID' });
    await expect(read('file,identity\n')).rejects.toMatchObject({ details: { problem: 'it has no row' } });
    await expect(readList(join(folder, 'none.csv'))).rejects.toMatchObject({
      details: { problem: 'there is no such file' },
    });
  });
});
