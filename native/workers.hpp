// Workers: runs a job on several threads while the caller's thread polls (for Ctrl-C and progress).
#pragma once
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace critlocus {

// Calls job() on `threads` threads and poll() every 50 ms until all have returned; poll must not throw.
// An exception of a worker is rethrown here.
inline void run_workers(int threads, const std::function<void()>& job, const std::function<void()>& poll) {
  std::mutex mutex;
  std::condition_variable finished;
  int running = threads;
  std::exception_ptr failure;
  std::vector<std::thread> pool;
  for (int k = 0; k < threads; ++k) {
    pool.emplace_back([&] {
      std::exception_ptr caught;
      try {
        job();
      } catch (...) {
        caught = std::current_exception();
      }
      const std::lock_guard<std::mutex> lock(mutex);
      if (caught) failure = caught;
      --running;
      finished.notify_one();
    });
  }
  {
    std::unique_lock<std::mutex> lock(mutex);
    while (!finished.wait_for(lock, std::chrono::milliseconds(50), [&] { return running == 0; })) {
      lock.unlock();
      poll();
      lock.lock();
    }
  }
  for (auto& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace critlocus
