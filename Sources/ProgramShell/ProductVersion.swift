/// The version of the three programs, which are released together.
package let productVersion = "0.1.0"
