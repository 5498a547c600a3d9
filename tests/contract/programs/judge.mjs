// Says what an SDK's own TypeScript declarations cannot take of a document: the compiler reads it as a literal of the type.

const TYPES = { interaction: 'Interactions.Interaction', event: 'Interactions.InteractionSSEEvent', file: 'Plain<File>' };
// A declared enum takes no string of its own value, so each is read as the text that it has on the wire.
const PLAIN = 'type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;\n';
// On the wire of both revisions, and declared by the older SDK only; read as absent where it says what it should.
const UNDECLARED = (key, value) => (key === 'object' && value === 'interaction' ? undefined : value);
const OPTIONS = { strict: true, skipLibCheck: true, noEmit: true, types: [], exactOptionalPropertyTypes: true };

export class Judge {
  constructor(typescript, folder) {
    this.ts = typescript;
    this.name = `${folder}/judged.ts`;
    this.kept = new Map();
    this.options = { ...OPTIONS, target: typescript.ScriptTarget.ESNext, module: typescript.ModuleKind.NodeNext };
    this.options.moduleResolution = typescript.ModuleResolutionKind.NodeNext;
    this.host = typescript.createCompilerHost(this.options);
    const fromDisk = this.host.getSourceFile.bind(this.host);
    this.host.getSourceFile = (path, version) => this.source(path, version, fromDisk);
  }

  source(path, version, fromDisk) {
    if (path === this.name) return this.ts.createSourceFile(path, this.text, version);
    if (!this.kept.has(path)) this.kept.set(path, fromDisk(path, version));
    return this.kept.get(path);
  }

  problems(kind, document) {
    const type = TYPES[kind];
    const imported = kind === 'file' ? 'File' : 'Interactions';
    const literal = JSON.stringify(document, UNDECLARED, 1);
    this.text = `import type { ${imported} } from '@google/genai';\n${PLAIN}export const judged: ${type} = ${literal};\n`;
    this.program = this.ts.createProgram([this.name], this.options, this.host, this.program);
    const found = this.ts.getPreEmitDiagnostics(this.program, this.program.getSourceFile(this.name));
    return found.map((each) => this.ts.flattenDiagnosticMessageText(each.messageText, ' '));
  }
}
