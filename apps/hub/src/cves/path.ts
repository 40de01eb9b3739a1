import Type from 'typebox';

/** Path of one CVE: the id is opaque text, as scanners give it. */
export const CveParams = Type.Object({ cve_id: Type.String({ minLength: 1, maxLength: 100 }) });
