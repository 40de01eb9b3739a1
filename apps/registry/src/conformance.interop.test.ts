/** The requirements of distribution-spec 1.1: each file below declares the tests of some chapters. */
import './conformance/pull-for-test.ts';
import './conformance/push-for-test.ts';
import './conformance/lists-for-test.ts';
import './conformance/management-for-test.ts';
